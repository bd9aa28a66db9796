import BSON
package import Domain
package import MongoClient
import Records

/// What votes count for gems: E, as voting's totals say it. Read only.
package struct VoteTotals: Sendable, Equatable {
    /// Distinct (post, voter) pairs accepted and not at present flagged or reversed.
    package let accepted: Int64
    /// When the newest of them was cast.
    package let newestAt: Instant?

    package init(accepted: Int64, newestAt: Instant? = nil) {
        self.accepted = accepted
        self.newestAt = newestAt
    }

    /// An author's totals over all voters' partitions, as the majority of the database's members has them.
    package static func of(_ author: UserID, in database: MongoDatabase) async throws(LedgerError) -> VoteTotals {
        try await of([author], in: database)[author] ?? VoteTotals(accepted: 0)
    }

    /// The totals of several authors; who never had a vote is left out. The database adds the partitions up.
    package static func of(
        _ authors: [UserID], in database: MongoDatabase
    ) async throws(LedgerError) -> [UserID: VoteTotals] {
        let match: BSONDocument = ["$match": ["_id.author": ["$in": .array(authors.map { .id($0) })]]]
        let group: BSONDocument = [
            "$group": [
                "_id": "$_id.author", "accepted": ["$sum": "$accepted"], "newestAt": ["$max": "$lastAcceptedAt"],
            ]
        ]
        do throws(MongoError) {
            let rows = try await database.collection(VoteCollections.authorTotals.name).aggregate([match, group]) {
                (fields: inout BSONFields) throws(BSONError) in try Self.row(&fields)
            }
            return Dictionary(rows) { first, _ in first }
        } catch {
            throw LedgerError(error)
        }
    }

    private static func row(_ fields: inout BSONFields) throws(BSONError) -> (UserID, VoteTotals) {
        var author: UserID?
        var accepted: Int64 = 0
        var newestAt: Instant?
        while try fields.next() {
            if fields.isNamed("_id") {
                author = UserID(try fields.objectID())
            } else if fields.isNamed("accepted") {
                accepted = try fields.int64()
            } else if fields.isNamed("newestAt"), !fields.isNull {
                newestAt = Instant(milliseconds: try fields.date())
            }
        }
        guard let author else { throw .missing("_id") }
        return (author, VoteTotals(accepted: accepted, newestAt: newestAt))
    }
}
