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
        do throws(MongoError) {
            let rows = try await database.collection(VoteCollections.authorTotals.name).find(
                ["_id.author": .id(author)], projection: ["accepted": 1, "lastAcceptedAt": 1])
            return VoteTotals(
                accepted: rows.reduce(0) { $0 + ($1.int64("accepted") ?? 0) },
                newestAt: rows.compactMap { $0.instant("lastAcceptedAt") }.max())
        } catch {
            throw LedgerError(error)
        }
    }
}
