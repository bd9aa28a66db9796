import BSON
package import Domain
import MongoClient
import Records

extension Ledger {
    /// Everything that a person's entries add up to.
    package func head(of user: UserID) async throws(LedgerError) -> LedgerHead {
        try await find(["userId": .id(user)], sort: ["seq": -1], limit: 1).first?.head ?? LedgerHead()
    }

    /// The entry that a key made.
    package func entry(of user: UserID, key: String) async throws(LedgerError) -> LedgerEntry? {
        try await find(["userId": .id(user), "idempotencyKey": .string(key)], limit: 1).first
    }

    /// A person's entries, the newest first.
    ///
    /// - Parameter before: only entries numbered lower; nil starts at the newest.
    package func entries(
        of user: UserID, before: Int64? = nil, type: EntryType? = nil, source: EntrySource? = nil, limit: Int
    ) async throws(LedgerError) -> [LedgerEntry] {
        var filter: BSONDocument = ["userId": .id(user)]
        if let before { filter.append("seq", ["$lt": .int64(before)]) }
        filter.append("type", ifPresent: type.map { .string($0.rawValue) })
        filter.append("source", ifPresent: source.map { .string($0.rawValue) })
        return try await find(filter, sort: ["seq": -1], limit: limit)
    }

    /// How often a vote gem was paid or taken back: the next unused step.
    package func nextStep(ofGem gem: Int64, for user: UserID) async throws(LedgerError) -> Int64 {
        let filter: BSONDocument = [
            "userId": .id(user),
            "idempotencyKey": ["$gte": .string("votes:\(gem):"), "$lt": .string("votes:\(gem);")],
        ]
        do throws(MongoError) {
            return Int64(try await entries.count(filter))
        } catch {
            throw LedgerError(error)
        }
    }

    /// Vote gems younger than `age`, without those that were taken back since: they cannot become a gift.
    package func youngVoteGems(of user: UserID, younger age: Duration, at now: Instant) async throws(LedgerError)
        -> Gems
    {
        let sources: BSONValue = ["$in": [.string(EntrySource.votes.rawValue), .string(EntrySource.reversal.rawValue)]]
        let found = try await find(
            ["userId": .id(user), "source": sources, "createdAt": ["$gt": .instant(now - age)]], sort: ["seq": 1],
            limit: 0)
        var young: [Int64: Gems] = [:]
        for entry in found {
            if let gem = entry.voteGem { young[gem] = entry.source == .votes ? entry.amount : nil }
        }
        return young.values.reduce(0, +)
    }

    /// What a person bought and still has, the newest first.
    package func entitlements(of user: UserID) async throws(LedgerError) -> [Entitlement] {
        let sources = EntrySource.granting.map { BSONValue.string($0.rawValue) }
        return try await find(
            ["userId": .id(user), "type": "spend", "source": ["$in": .array(sources)]], sort: ["createdAt": -1],
            limit: 0
        ).compactMap(Entitlement.init)
    }

    /// Whether a person owns a good that is bought once.
    package func owns(_ user: UserID, productID: String) async throws(LedgerError) -> Bool {
        try await entry(of: user, key: Self.ownershipKey(productID)) != nil
    }

    func find(_ filter: BSONDocument, sort: BSONDocument? = nil, limit: Int) async throws(LedgerError) -> [LedgerEntry]
    {
        let found: [BSONDocument]
        do throws(MongoError) {
            found = try await entries.find(filter, sort: sort, limit: limit)
        } catch {
            throw LedgerError(error)
        }
        var decoded: [LedgerEntry] = []
        for document in found { decoded.append(try Self.decode(document)) }
        return decoded
    }

    static func decode(_ document: BSONDocument) throws(LedgerError) -> LedgerEntry {
        do throws(BSONError) {
            return try LedgerEntry(document)
        } catch {
            throw .corrupt("entry \(document.objectID("_id")?.hex ?? "?"): \(error)")
        }
    }
}

/// A good that somebody owns, as the entry that bought it tells.
package struct Entitlement: Equatable, Sendable {
    package let id: EntitlementID
    package let userID: UserID
    package let transactionID: TransactionID
    package let grant: Grant
    package let createdAt: Instant

    package init?(_ entry: LedgerEntry) {
        guard let grant = entry.grant else { return nil }
        id = entry.entitlementID
        userID = entry.userID
        transactionID = entry.id
        self.grant = grant
        createdAt = entry.createdAt
    }

    package func isValid(at now: Instant) -> Bool { grant.expiresAt.map { $0 > now } ?? true }
}
