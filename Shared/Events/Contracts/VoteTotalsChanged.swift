package import Domain

/// What one voters' partition contributes to a post. Keep a row for each partition, and sum.
package struct VoteTotalsChanged: Event, Codable, Equatable {
    package static let topic = Topic.voteResults

    package var postID: PostID
    package var authorID: UserID
    /// Of the voters, 0-15.
    package var partition: Int
    /// Votes to show: not withdrawn, flagged or reversed.
    package var displayed: Int64
    /// Votes that count for gems.
    package var accepted: Int64
    package var version: Int64
    package var at: Instant

    package var subject: UserID { authorID }

    package init(
        postID: PostID, authorID: UserID, partition: Int, displayed: Int64, accepted: Int64, version: Int64, at: Instant
    ) {
        self.postID = postID
        self.authorID = authorID
        self.partition = partition
        self.displayed = displayed
        self.accepted = accepted
        self.version = version
        self.at = at
    }
}
