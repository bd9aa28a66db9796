package import Domain

/// Moderation decided that a post may be seen.
package struct ContentApproved: Event, Codable, Equatable {
    package static let topic = Topic.moderation

    package var postID: PostID
    package var authorID: UserID
    /// `auto` or a moderator's id.
    package var decidedBy: String
    /// 0-1.
    package var nsfwScore: Double
    package var isNSFW: Bool
    package var notes: String?
    package var decidedAt: Instant

    package var subject: UserID { authorID }

    package init(
        postID: PostID, authorID: UserID, decidedBy: String, nsfwScore: Double = 0, isNSFW: Bool = false,
        notes: String? = nil, decidedAt: Instant
    ) {
        self.postID = postID
        self.authorID = authorID
        self.decidedBy = decidedBy
        self.nsfwScore = nsfwScore
        self.isNSFW = isNSFW
        self.notes = notes
        self.decidedAt = decidedAt
    }
}
