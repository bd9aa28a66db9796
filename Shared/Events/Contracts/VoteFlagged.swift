package import Domain

/// A vote looks like a fraud and waits for review; it counts for nothing until it is cleared.
package struct VoteFlagged: Event, Codable, Equatable {
    package static let topic = Topic.voteResults

    package var postID: PostID
    package var voterID: UserID
    package var authorID: UserID
    /// 0-1.
    package var score: Double
    package var reasons: [String]
    package var flaggedAt: Instant

    package var subject: UserID { authorID }

    package init(
        postID: PostID, voterID: UserID, authorID: UserID, score: Double, reasons: [String], flaggedAt: Instant
    ) {
        self.postID = postID
        self.voterID = voterID
        self.authorID = authorID
        self.score = score
        self.reasons = reasons
        self.flaggedAt = flaggedAt
    }
}
