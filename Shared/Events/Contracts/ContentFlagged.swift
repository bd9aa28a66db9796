package import Domain

/// A post waits for a person's decision.
package struct ContentFlagged: Event, Codable, Equatable {
    package static let topic = Topic.moderation

    package var postID: PostID
    package var authorID: UserID
    package var reasons: [String]
    package var flaggedAt: Instant

    package var subject: UserID { authorID }

    package init(postID: PostID, authorID: UserID, reasons: [String], flaggedAt: Instant) {
        self.postID = postID
        self.authorID = authorID
        self.reasons = reasons
        self.flaggedAt = flaggedAt
    }
}
