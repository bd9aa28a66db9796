import BSON
import Domain
import Ledger
import MongoClient
import Records

/// Makes and signs the root of each UTC day that is over, once: `_id` is the day, whoever inserts it first.
struct PublishRoots: Sendable {
    /// Later than any insert that took its time before midnight may still take.
    static let patience = Duration.minutes(15)

    private let entries: MongoCollection
    private let roots: MongoCollection
    private let keys: RootKeys
    private let secret: String

    init(database: MongoDatabase, secret: String) {
        entries = database.collection(GemCollections.transactions.name)
        roots = database.collection(GemCollections.roots.name)
        keys = RootKeys(database: database)
        self.secret = secret
    }

    /// Publishes what is missing, up to the last day that is over.
    ///
    /// - Returns: the days published.
    @discardableResult
    func callAsFunction(at now: Instant) async throws -> [String] {
        guard
            let first = try await entries.findOne([:], sort: ["createdAt": 1], projection: ["createdAt": 1])?
                .instant("createdAt")
        else { return [] }
        var previous = try await roots.findOne([:], sort: ["_id": -1]).map { row throws(BSONError) in
            try SignedRoot(row).root
        }
        var day = previous.flatMap { CivilDate($0.day)?.adding(days: 1) } ?? first.utcDate
        var published: [String] = []
        while (now - Self.patience).utcDate > day {
            let root = try await root(of: day, after: previous)
            let signed = try await keys.sign(root, secret: secret, at: now)
            do throws(MongoError) {
                try await roots.insert(signed.document)
                published.append(root.day)
            } catch {
                // Another process was first: it found the same.
                if !error.isDuplicateKey { throw error }
            }
            previous = root
            day = day.adding(days: 1)
        }
        return published
    }

    func root(of day: CivilDate, after previous: LedgerRoot?) async throws -> LedgerRoot {
        let start = Instant(milliseconds: Int64(day.daysSinceEpoch) * Instant.millisecondsPerDay)
        var heads: [UserID: DayHead] = [:]
        var count: Int64 = 0
        try await entries.forEachBatch(
            ["createdAt": ["$gte": .instant(start), "$lt": .instant(start + .days(1))]],
            projection: ["userId": 1, "seq": 1, "hash": 1], batchSize: 2_000
        ) { batch in
            for row in batch {
                let head = DayHead(
                    user: try row.requireID("userId"), seq: try row.requireInt64("seq"),
                    hash: try row.requireBytes("hash"))
                count += 1
                if let known = heads[head.user], known.seq > head.seq { continue }
                heads[head.user] = head
            }
        }
        var tree = MerkleTree()
        for head in heads.values.sorted(by: { $0.user > $1.user }) { tree.append(head.leaf) }
        return LedgerRoot(
            day: "\(day)", root: tree.root, people: tree.count, entries: count, previousRoot: previous?.root)
    }
}
