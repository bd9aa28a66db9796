package import Domain
package import JSON

/// What one voters' partition contributes to an author. Keep a row for each partition, and sum.
package struct AuthorVoteTotalsChanged: Event, Codable, Equatable {
    package static let topic = Topic.voteResults

    package var authorID: UserID
    /// Of the voters, 0-15.
    package var partition: Int
    /// Votes to show: not withdrawn, flagged or reversed.
    package var displayed: Int64
    /// This partition's share of E: votes that count for gems.
    package var accepted: Int64
    /// When the newest of them was cast.
    package var lastAcceptedAt: Instant?
    package var version: Int64
    package var at: Instant

    package var subject: UserID { authorID }

    package init(
        authorID: UserID, partition: Int, displayed: Int64, accepted: Int64, lastAcceptedAt: Instant? = nil,
        version: Int64, at: Instant
    ) {
        self.authorID = authorID
        self.partition = partition
        self.displayed = displayed
        self.accepted = accepted
        self.lastAcceptedAt = lastAcceptedAt
        self.version = version
        self.at = at
    }

    /// By hand: there is one of these for almost every vote.
    package func write(to writer: inout JSONWriter) {
        writer.object {
            $0.field("authorID", authorID.hex)
            $0.field("partition", partition)
            $0.field("displayed", displayed)
            $0.field("accepted", accepted)
            $0.fieldIfPresent("lastAcceptedAt", lastAcceptedAt?.milliseconds)
            $0.field("version", version)
            $0.field("at", at.milliseconds)
        }
    }

    package init(json: JSONValue) throws {
        guard let partition = json["partition"]?.int, let displayed = json["displayed"]?.int64,
            let accepted = json["accepted"]?.int64, let version = json["version"]?.int64, let at = json["at"]?.int64
        else { throw EventRejected("a total is incomplete") }
        self.init(
            authorID: try json.requireID("authorID"), partition: partition, displayed: displayed, accepted: accepted,
            lastAcceptedAt: json["lastAcceptedAt"]?.int64.map { Instant(milliseconds: $0) }, version: version,
            at: Instant(milliseconds: at))
    }
}
