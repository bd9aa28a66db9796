import Domain
import Records

/// What is known of whoever looks at a post.
struct Viewer: Equatable, Sendable {
    var userID: UserID?
    var isModerator = false
    var follows = false
    /// Either of the two blocks the other.
    var isBlocked = false

    static let anonymous = Viewer()
}

/// Who sees a post. To everybody else it does not exist.
enum PostVisibility {
    static func isVisible(_ post: PostRecord, to viewer: Viewer) -> Bool {
        if post.isDeleted { return false }
        if viewer.userID == post.userID || viewer.isModerator { return true }
        guard post.moderationStatus == .approved, !viewer.isBlocked else { return false }
        switch post.visibility {
        case .public: return true
        case .followers: return viewer.follows
        case .private: return false
        }
    }

    /// Whether anybody may see the picture, so that its address needs no signature.
    static func hasPublicPicture(_ post: PostRecord) -> Bool { post.isPublic }
}
