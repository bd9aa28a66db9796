import BSON
import Domain
import Ledger
import MongoClient
import Records

/// The gems of authors, each with the multiplier that its first falling due fixed.
struct DueGems: Sendable {
    /// The k-th gem of an author.
    struct Name: Hashable, Sendable {
        let author: UserID
        let gem: Int64
    }

    struct Fixed: Equatable, Sendable {
        let multiplier: Double
        /// The gem waited for a day that has perhaps come.
        var wasPostponed = false
    }

    private let collection: MongoCollection

    init(database: MongoDatabase) { collection = database.collection(GemCollections.dueGems.name) }

    /// Fixes what gems are worth: decided by whoever asks first, the same for ever after.
    ///
    /// - Parameter proposals: what each is worth if nobody has asked before.
    func fix(_ proposals: [(name: Name, multiplier: Double)], at now: Instant) async throws(LedgerError) -> [Name:
        Fixed]
    {
        var fixed: [Name: Fixed] = [:]
        do throws(MongoError) {
            var writes = EncodedWrites()
            for proposal in proposals {
                writes.insert { writer in
                    writer.document("_id") { writer in
                        writer.field("author", proposal.name.author.objectID)
                        writer.field("gem", proposal.name.gem)
                    }
                    writer.field("multiplier", double: proposal.multiplier)
                    writer.field("createdAt", date: now.milliseconds)
                }
                fixed[proposal.name] = Fixed(multiplier: proposal.multiplier)
            }
            let result = try await collection.bulk(writes, ordered: false)
            guard !result.refusals.isEmpty else { return fixed }
            var known: [BSONValue] = []
            for refusal in result.refusals {
                guard refusal.error.isDuplicateKey else { throw refusal.error }
                fixed[proposals[refusal.index].name] = nil
                known.append(Self.id(proposals[refusal.index].name))
            }
            for row in try await collection.find(["_id": ["$in": .array(known)]]) {
                guard let name = Self.name(row) else { continue }
                fixed[name] = Fixed(
                    multiplier: row.double("multiplier") ?? 1, wasPostponed: row.instant("deferredUntil") != nil)
            }
        } catch {
            throw .store(error)
        }
        guard fixed.count == Set(proposals.map(\.name)).count else {
            throw .store(.transient("a due gem is not seen yet"))
        }
        return fixed
    }

    /// Says that gems wait for another day.
    func postpone(_ gems: [Name], until day: Instant) async throws(LedgerError) {
        try await write(gems, ["$set": ["deferredUntil": .instant(day)]])
    }

    func settled(_ gems: [Name]) async throws(LedgerError) {
        try await write(gems, ["$unset": ["deferredUntil": ""]])
    }

    /// Forgets gems whose day has come and that are no longer due, once their author is settled: those that are due were
    /// paid or have a new day.
    func forgetDue(of author: UserID, at now: Instant) async throws(MongoError) {
        try await collection.update(
            ["_id.author": .id(author), "deferredUntil": ["$lte": .instant(now)]], ["$unset": ["deferredUntil": ""]],
            many: true)
    }

    /// Authors with gems whose day has come, those first whose gems have waited longest.
    func authorsDue(at now: Instant, limit: Int) async throws(MongoError) -> [UserID] {
        let found = try await collection.find(
            ["deferredUntil": ["$lte": .instant(now)]], sort: ["deferredUntil": 1, "createdAt": 1], limit: limit,
            projection: ["_id": 1])
        var seen: Set<UserID> = []
        return found.compactMap { Self.name($0)?.author }.filter { seen.insert($0).inserted }
    }

    /// Whether an author's gem waits for a later day.
    func isDeferred(_ gem: Int64, of author: UserID, at now: Instant) async throws(MongoError) -> Bool {
        let found = try await collection.findByID(Self.id(Name(author: author, gem: gem)))
        return found?.instant("deferredUntil").map { $0 > now } ?? false
    }

    private func write(_ gems: [Name], _ update: BSONDocument) async throws(LedgerError) {
        guard !gems.isEmpty else { return }
        do throws(MongoError) {
            try await collection.update(
                ["_id": ["$in": .array(gems.map(Self.id))]], update, many: true)
        } catch {
            throw .store(error)
        }
    }

    private static func id(_ name: Name) -> BSONValue { ["author": .id(name.author), "gem": .int64(name.gem)] }

    private static func name(_ row: BSONDocument) -> Name? {
        guard let id = row.document("_id"), let author = id.id("author", as: UserID.self), let gem = id.int64("gem")
        else { return nil }
        return Name(author: author, gem: gem)
    }
}
