import BSON
import Domain
import Events
import Records
import Security

/// Opens sessions: the record, its event, and the tokens that go with it.
struct SessionOpening: Sendable {
    struct Opening: Sendable {
        let session: SessionRecord
        let token: RefreshToken
        let event: OutgoingEvent
    }

    /// More sessions of one person than anybody has devices; the longest unused end.
    private static let mostSessions = 50

    let store: MongoSessions
    let issuer: TokenIssuer
    let revocation: SessionRevocation
    let refreshSecret: [UInt8]
    let life: Duration

    /// A session that is not stored yet.
    func prepare(
        for person: UserRecord, on device: Device, from origin: Origin, now: Instant
    ) throws -> Opening {
        let id = SessionID.new()
        let token = RefreshToken.issue(for: id, secret: refreshSecret)
        let session = SessionRecord(
            id: id, userID: person.id, device: device, digest: token.digest, accountCreatedAt: person.createdAt,
            now: now, expiresAt: now + life, ipHash: origin.addressDigest)
        let event = OutgoingEvent(
            SessionStarted(
                userID: person.id, sessionID: id, deviceID: device.id, platform: device.platform,
                timeZone: person.timeZone, accountCreatedAt: person.createdAt, startedAt: now),
            at: now)
        return Opening(session: session, token: token, event: event)
    }

    /// Stores a session, and ends those that are too many.
    func open(
        for person: UserRecord, on device: Device, from origin: Origin, now: Instant
    ) async throws -> Opening {
        let opening = try prepare(for: person, on: device, from: origin, now: now)
        try await store.insert(opening.session, events: [opening.event])
        for old in try await store.active(of: person.id, now: now, skip: Self.mostSessions, limit: 10) {
            try await revocation.end(old.id, of: person.id, because: .crowded, now: now)
        }
        return opening
    }

    /// Publishes the event of a session that was stored by somebody else's transaction.
    func deliver(_ opening: Opening) async {
        await store.outbox.deliver([opening.event], of: ["_id": .id(opening.session.id)])
    }

    func tokens(_ opening: Opening, for person: UserRecord, now: Instant) async throws -> TokenPair {
        try await issuer.tokens(for: person, session: opening.session, refreshToken: opening.token, now: now)
    }
}

extension UserRecord {
    /// What events tell of a person.
    var eventSnapshot: PersonSnapshot {
        PersonSnapshot(username: username, displayName: displayName, avatarUrl: avatarUrl, tier: tier)
    }
}
