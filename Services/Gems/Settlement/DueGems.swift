import BSON
import Domain
import Ledger
import MongoClient
import Records

/// The gems of authors, each with the multiplier that its first falling due fixed.
struct DueGems: Sendable {
    private let collection: MongoCollection

    init(database: MongoDatabase) { collection = database.collection(GemCollections.dueGems.name) }

    /// The multiplier of an author's k-th gem: decided by whoever asks first, the same for ever after.
    func multiplier(
        ofGem gem: Int64, author: UserID, at now: Instant, deciding: () async throws(LedgerError) -> Double
    ) async throws(LedgerError) -> Double {
        if let fixed = try await fixed(gem, author) { return fixed }
        let decided = try await deciding()
        do throws(MongoError) {
            try await collection.insert([
                "_id": Self.id(gem, author), "multiplier": .double(decided), "createdAt": .instant(now),
            ])
            return decided
        } catch {
            guard error.isDuplicateKey else { throw .store(error) }
            guard let fixed = try await fixed(gem, author) else {
                throw .store(.transient("a due gem is not seen yet"))
            }
            return fixed
        }
    }

    /// Says that a gem waits for another day.
    func postpone(_ gem: Int64, of author: UserID, until day: Instant) async throws(LedgerError) {
        try await write(gem, author, ["$set": ["deferredUntil": .instant(day)]])
    }

    func settled(_ gem: Int64, of author: UserID) async throws(LedgerError) {
        try await write(gem, author, ["$unset": ["deferredUntil": ""]])
    }

    /// Authors with gems whose day has come.
    func authorsDue(at now: Instant, limit: Int) async throws(MongoError) -> [UserID] {
        let found = try await collection.find(
            ["deferredUntil": ["$lte": .instant(now)]], sort: ["deferredUntil": 1], limit: limit,
            projection: ["_id": 1])
        return Set(found.compactMap { $0.document("_id")?.id("author", as: UserID.self) }).sorted()
    }

    /// Whether an author's gem waits for a later day.
    func isDeferred(_ gem: Int64, of author: UserID, at now: Instant) async throws(MongoError) -> Bool {
        let found = try await collection.findByID(Self.id(gem, author))
        return found?.instant("deferredUntil").map { $0 > now } ?? false
    }

    private func fixed(_ gem: Int64, _ author: UserID) async throws(LedgerError) -> Double? {
        do throws(MongoError) {
            return try await collection.findByID(Self.id(gem, author))?.double("multiplier")
        } catch {
            throw .store(error)
        }
    }

    private func write(_ gem: Int64, _ author: UserID, _ update: BSONDocument) async throws(LedgerError) {
        do throws(MongoError) {
            try await collection.update(["_id": Self.id(gem, author)], update)
        } catch {
            throw .store(error)
        }
    }

    private static func id(_ gem: Int64, _ author: UserID) -> BSONValue {
        ["author": .id(author), "gem": .int64(gem)]
    }
}
