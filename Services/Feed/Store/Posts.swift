import BSON
import Domain
import Records

/// The posts, as feed's handlers need them.
protocol Posts: Sendable {
    func find(_ id: PostID) async throws -> PostRecord?
    func find(_ ids: [PostID]) async throws -> [PostRecord]

    /// Stores a post and the event that it exists, in one write.
    ///
    /// - Returns: nil when it was stored; the post that is there already otherwise.
    func insert(_ post: PostRecord) async throws -> PostRecord?

    /// Changes a post that its author still has, and tells the others, in one write.
    ///
    /// - Returns: the post as it is now; nil when it is gone.
    func change(_ id: PostID, _ change: PostChange) async throws -> PostRecord?

    /// The newest first, behind a place.
    func newest(_ scope: PostScope, before place: TimePlace<Tags.Post>?, limit: Int) async throws -> [PostRecord]

    /// Ids of public posts by rank, the best first.
    func ranked(_ query: FeedQuery, now: Instant, limit: Int) async throws -> [PostID]
}

/// Which posts a list by time is about.
enum PostScope: Equatable, Sendable {
    /// What everybody sees, with a feed's filters.
    case everybody(category: Category?, tag: String?)
    /// What followers of these see.
    case followed([UserID], category: Category?, tag: String?)
    /// All of somebody's own.
    case own(UserID)
    /// What one person shows to others; to followers a little more.
    case profile(UserID, toFollower: Bool)
}

/// What an author changed: nil leaves a field alone; a caption of `.some(nil)` is taken away.
struct PostEdit: Equatable, Sendable {
    var caption: String??
    var tags: [String]?
    var category: Category?
    var visibility: Visibility?
    var isPinned: Bool?
    /// Set when the new words want a look before others see them.
    var status: ModerationStatus?
}

/// What happens to a post, and which event says so.
enum PostChange: Equatable, Sendable {
    case edited(PostEdit)
    case moderated(ModerationStatus, nsfw: Bool?, by: String, note: String?)
    case removed(by: String)
}
