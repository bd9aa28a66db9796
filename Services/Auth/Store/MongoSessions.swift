import BSON
import Domain
import Events
import MongoClient
import Records

/// Sessions and their refresh tokens' digests.
struct MongoSessions: Sendable {
    private let sessions: MongoCollection
    let outbox: Outbox

    init(client: MongoClient, bus: EventBus) {
        sessions = client.collection(PeopleCollections.sessions.name)
        outbox = Outbox(collection: sessions, bus: bus)
    }

    func byID(_ id: SessionID) async throws(MongoError) -> SessionRecord? {
        guard let document = try await sessions.findByID(.id(id)) else { return nil }
        return try Self.record(document)
    }

    /// A person's sessions that are not over, the newest used first.
    func active(of person: UserID, now: Instant, skip: Int = 0, limit: Int) async throws(MongoError) -> [SessionRecord]
    {
        let filter: BSONDocument = [
            "userId": .id(person), "revokedAt": ["$exists": false], "expiresAt": ["$gt": .instant(now)],
        ]
        var records: [SessionRecord] = []
        for document in try await sessions.find(filter, sort: ["lastSeenAt": -1], skip: skip, limit: limit) {
            records.append(try Self.record(document))
        }
        return records
    }

    /// Every session that ended since, whatever became of the news.
    func revoked(since: Instant) async throws(MongoError) -> [SessionID] {
        try await sessions.find(["revokedAt": ["$gte": .instant(since)]], projection: ["_id": 1])
            .compactMap { $0.id("_id") }
    }

    func insert(_ session: SessionRecord, events: [OutgoingEvent]) async throws(MongoError) {
        try await sessions.insert(session.document(outbox: events))
        await outbox.deliver(events, of: ["_id": .id(session.id)])
    }

    /// Replaces the newest refresh token, unless somebody else just did.
    ///
    /// - Parameter sealed: the successor, sealed, for a client that does not get this answer.
    /// - Returns: false when the token presented is no longer the newest.
    func rotate(
        _ session: SessionRecord, to digest: [UInt8], sealed: [UInt8], expiresAt: Instant, now: Instant,
        event: OutgoingEvent
    ) async throws(MongoError) -> Bool {
        let filter: BSONDocument = [
            "_id": .id(session.id), "refreshHash": .data(session.state.currentDigest),
            "revokedAt": ["$exists": false],
        ]
        let result = try await sessions.update(
            filter,
            [
                "$set": [
                    "refreshHash": .data(digest), "previousRefreshHash": .data(session.state.currentDigest),
                    "sealedSuccessor": .data(sealed), "rotatedAt": .instant(now), "lastSeenAt": .instant(now),
                    "expiresAt": .instant(expiresAt),
                ],
                "$inc": ["generation": 1], "$push": .document([event].outboxPush),
            ])
        guard result.matched == 1 else { return false }
        await outbox.deliver([event], of: ["_id": .id(session.id)])
        return true
    }

    /// Ends a session. It stays until no token of it can be alive, so that a second use of one is still recognised.
    ///
    /// - Returns: false when it was over already, or is nobody's.
    func revoke(
        _ id: SessionID, of person: UserID, because end: SessionEnd, now: Instant
    ) async throws(MongoError) -> Bool {
        let event = OutgoingEvent(
            SessionRevoked(userID: person, sessionID: id, reason: end.rawValue, revokedAt: now), at: now)
        let result = try await sessions.update(
            ["_id": .id(id), "userId": .id(person), "revokedAt": ["$exists": false]],
            [
                "$set": ["revokedAt": .instant(now), "revokedReason": .string(end.rawValue)],
                "$unset": ["sealedSuccessor": ""], "$push": .document([event].outboxPush),
            ])
        guard result.matched == 1 else { return false }
        await outbox.deliver([event], of: ["_id": .id(id)])
        return true
    }

    private static func record(_ document: BSONDocument) throws(MongoError) -> SessionRecord {
        do {
            return try SessionRecord(document)
        } catch {
            throw .malformed("sessions: \(error)")
        }
    }
}

extension BSONValue {
    static func data(_ bytes: [UInt8]) -> BSONValue { .binary(BSONBinary(bytes: bytes)) }
}
