package import Domain
package import JSON

/// What one voters' partition contributes to a post. Keep a row for each partition, and sum.
package struct VoteTotalsChanged: Event, Codable, Equatable {
    package static let type = "VoteTotalsChanged"
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

    /// By hand: there is one of these for almost every vote.
    package func write(to writer: inout JSONWriter) {
        writer.object {
            $0.field("postID", postID.hex)
            $0.field("authorID", authorID.hex)
            $0.field("partition", partition)
            $0.field("displayed", displayed)
            $0.field("accepted", accepted)
            $0.field("version", version)
            $0.field("at", at.milliseconds)
        }
    }
}
