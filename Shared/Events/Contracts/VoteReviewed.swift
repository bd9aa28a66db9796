package import Domain

/// Somebody looked at a flagged vote: cleared, it counts; confirmed, it never will.
package struct VoteReviewed: Event, Codable, Equatable {
    package static let topic = Topic.moderation

    package var postID: PostID
    package var voterID: UserID
    package var isCleared: Bool
    package var reviewedBy: String
    package var reviewedAt: Instant

    package var subject: UserID { voterID }

    package init(postID: PostID, voterID: UserID, isCleared: Bool, reviewedBy: String, reviewedAt: Instant) {
        self.postID = postID
        self.voterID = voterID
        self.isCleared = isCleared
        self.reviewedBy = reviewedBy
        self.reviewedAt = reviewedAt
    }
}
