package import Domain
package import JSON

/// What one voters' partition contributes to an author. Keep a row for each partition, and sum.
package struct AuthorVoteTotalsChanged: Event, Codable, Equatable {
    package static let type = "AuthorVoteTotalsChanged"
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

    package init(data: ArraySlice<UInt8>) throws {
        guard let totals = Self(plain: data) else {
            try self.init(json: try JSONParser.parse(Array(data)))
            return
        }
        self = totals
    }

    /// Nil for what is written otherwise than `write` does.
    private init?(plain data: ArraySlice<UInt8>) {
        var author: UserID?
        var (partition, displayed, accepted): (Int64?, Int64?, Int64?)
        var (newest, version, at): (Int64?, Int64?, Int64?)
        var members = PlainMembers(data)
        var seen = 0
        while members.next() {
            seen += 1
            if members.isNamed("authorID") {
                author = members.text.flatMap(UserID.init(hexDigits:))
            } else if members.isNamed("partition") {
                partition = members.int64
            } else if members.isNamed("displayed") {
                displayed = members.int64
            } else if members.isNamed("accepted") {
                accepted = members.int64
            } else if members.isNamed("lastAcceptedAt") {
                newest = members.int64
            } else if members.isNamed("version") {
                version = members.int64
            } else if members.isNamed("at") {
                at = members.int64
            }
        }
        guard members.isWhole, seen == (newest == nil ? 6 : 7), let author, let partition, let displayed, let accepted,
            let version, let at
        else { return nil }
        self.init(
            authorID: author, partition: Int(partition), displayed: displayed, accepted: accepted,
            lastAcceptedAt: newest.map { Instant(milliseconds: $0) }, version: version, at: Instant(milliseconds: at))
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
