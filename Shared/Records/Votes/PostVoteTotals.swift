package import Domain
package import MongoClient

/// What a post's votes come to: the sum of its rows, one a voters' partition.
package struct PostVoteTotals: Equatable, Sendable {
    /// Votes to show: not withdrawn, flagged or reversed.
    package let displayed: Int64
    /// Votes that count: neither flagged nor reversed.
    package let accepted: Int64
    /// Grows with every change of any row.
    package let version: Int64

    package static func of(_ post: PostID, in database: MongoDatabase) async throws -> PostVoteTotals {
        let rows = try await database.collection(VoteCollections.postTotals.name).find(
            ["_id.post": .id(post)], projection: ["displayed": 1, "accepted": 1, "version": 1])
        return PostVoteTotals(
            displayed: rows.reduce(0) { $0 + ($1.int64("displayed") ?? 0) },
            accepted: rows.reduce(0) { $0 + ($1.int64("accepted") ?? 0) },
            version: rows.reduce(0) { $0 + ($1.int64("version") ?? 0) })
    }
}
