import BSON
import Domain
import Events
import MongoClient
import Records

/// People and the names that are theirs alone.
///
/// A name is unique because its folded form is the `_id` of a document in `claims`: a unique index on `users` could not
/// be kept once the collection is sharded.
struct MongoPeople: Sendable {
    private let client: MongoClient
    private let users: MongoCollection
    private let claims: MongoCollection
    private let sessions: MongoCollection
    let outbox: Outbox

    init(client: MongoClient, bus: EventBus) {
        self.client = client
        users = client.collection(UserRecord.collection.name)
        claims = client.collection(PeopleCollections.claims.name)
        sessions = client.collection(PeopleCollections.sessions.name)
        outbox = Outbox(collection: users, bus: bus)
    }

    // MARK: Reading

    func byID(_ id: UserID) async throws(MongoError) -> UserRecord? {
        guard let document = try await users.findByID(.id(id)) else { return nil }
        return try Self.record(document)
    }

    /// In no particular order; ids that nobody has are left out.
    func byIDs(_ ids: [UserID]) async throws(MongoError) -> [UserRecord] {
        let filter: BSONDocument = ["_id": ["$in": .array(ids.map { .id($0) })]]
        var people: [UserRecord] = []
        for document in try await users.find(filter, limit: ids.count) { people.append(try Self.record(document)) }
        return people
    }

    func byClaim(_ claim: NameClaim) async throws(MongoError) -> UserRecord? {
        guard let owner = try await owner(of: claim) else { return nil }
        return try await byID(owner)
    }

    func owner(of claim: NameClaim) async throws(MongoError) -> UserID? {
        try await claims.findByID(.string(claim.key))?.id("userId")
    }

    // MARK: Writing

    /// Opens an account with its names and its first session: all of it or nothing.
    ///
    /// - Throws: `AuthError.usernameTaken`, `.emailTaken`; `MongoError`.
    func register(
        _ person: UserRecord, attribution: BSONDocument?, session: BSONDocument, events: [OutgoingEvent]
    ) async throws {
        let names = [
            NameClaim.username(person.username), person.email.map { NameClaim.email($0) },
            .referral(person.referralCode),
        ].compactMap(\.self)
        var document = person.document
        document.append("attribution", ifPresent: attribution.map { .document($0) })
        document.append("outbox", events.outbox)
        let stored = document
        try await client.withTransaction { transaction in
            for name in names {
                do {
                    try await claims.insert(
                        [
                            "_id": .string(name.key), "userId": .id(person.id),
                            "createdAt": .instant(person.createdAt),
                        ], in: transaction)
                } catch MongoError.duplicateKey {
                    throw name.takenError
                }
            }
            try await users.insert(stored, in: transaction)
            try await sessions.insert(session, in: transaction)
        }
        await outbox.deliver(events, of: ["_id": .id(person.id)])
    }

    /// Changes fields of a profile and stores the event that tells of it.
    ///
    /// - Parameter event: made from the person as they then are.
    /// - Returns: nil when there is no such person.
    func update(
        _ id: UserID, set fields: BSONDocument, unset: [String] = [], now: Instant,
        event: (UserRecord) -> OutgoingEvent
    ) async throws(MongoError) -> UserRecord? {
        // The event carries the whole profile, so it is made from the document that the write was conditional on.
        while true {
            guard let before = try await byID(id) else { return nil }
            var after = before.document
            for (key, value) in fields { after[key] = value }
            for key in unset { after[key] = nil }
            let version = Instant(milliseconds: max(now.milliseconds, before.updatedAt.milliseconds + 1))
            after["updatedAt"] = .instant(version)
            let changed = try Self.record(after)
            let outgoing = event(changed)
            var set = fields
            set.append("updatedAt", .instant(version))
            var change: BSONDocument = ["$set": .document(set), "$push": .document([outgoing].outboxPush)]
            if !unset.isEmpty {
                change.append("$unset", .document(BSONDocument(elements: unset.map { ($0, .string("")) })))
            }
            let result = try await users.update(
                ["_id": .id(id), "updatedAt": .instant(before.updatedAt)], change)
            if result.matched == 1 {
                await outbox.deliver([outgoing], of: ["_id": .id(id)])
                return changed
            }
        }
    }

    /// Notes a log-in; replaces the password's hash where a stronger one was made.
    func noteLogin(_ id: UserID, at now: Instant, newHash: String?) async throws(MongoError) {
        var set: BSONDocument = ["lastLoginAt": .instant(now)]
        set.append("passwordHash", ifPresent: newHash.map { .string($0) })
        _ = try await users.update(["_id": .id(id)], ["$set": .document(set)])
    }

    private static func record(_ document: BSONDocument) throws(MongoError) -> UserRecord {
        do {
            return try UserRecord(document)
        } catch {
            throw .malformed("users: \(error)")
        }
    }
}
