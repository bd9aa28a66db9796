package import Domain

/// Moderation decided that a post must not be seen.
package struct ContentRejected: Event, Codable, Equatable {
    package static let topic = Topic.moderation

    package var postID: PostID
    package var authorID: UserID
    /// `auto` or a moderator's id.
    package var decidedBy: String
    package var reason: String
    package var notes: String?
    package var decidedAt: Instant

    package var subject: UserID { authorID }

    package init(
        postID: PostID, authorID: UserID, decidedBy: String, reason: String, notes: String? = nil, decidedAt: Instant
    ) {
        self.postID = postID
        self.authorID = authorID
        self.decidedBy = decidedBy
        self.reason = reason
        self.notes = notes
        self.decidedAt = decidedAt
    }
}
