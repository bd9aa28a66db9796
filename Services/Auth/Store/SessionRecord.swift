import BSON
import Domain
import Events
import Records

/// One session: a device that somebody logged in on, and its family of refresh tokens.
struct SessionRecord: Sendable, Equatable {
    var id: SessionID
    var userID: UserID
    var device: Device
    var state: SessionState
    /// The newest token, sealed, for a client that did not get it.
    var sealedSuccessor: [UInt8]?
    var generation = 0
    var accountCreatedAt: Instant
    var createdAt: Instant
    var lastSeenAt: Instant
    var ipHash: String?

    init(
        id: SessionID, userID: UserID, device: Device, digest: [UInt8], accountCreatedAt: Instant, now: Instant,
        expiresAt: Instant, ipHash: String?
    ) {
        self.id = id
        self.userID = userID
        self.device = device
        state = SessionState(currentDigest: digest, expiresAt: expiresAt)
        self.accountCreatedAt = accountCreatedAt
        createdAt = now
        lastSeenAt = now
        self.ipHash = ipHash
    }

    init(_ document: BSONDocument) throws(BSONError) {
        let device = try document.requireDocument("device")
        id = try document.requireID("_id")
        userID = try document.requireID("userId")
        self.device = Device(id: try device.requireString("id"), platform: try device.requireCase("platform"))
        state = SessionState(
            currentDigest: try document.requireBytes("refreshHash"),
            previousDigest: document.bytes("previousRefreshHash"),
            rotatedAt: document.instant("rotatedAt"), expiresAt: try document.requireInstant("expiresAt"),
            isRevoked: document.date("revokedAt") != nil, revokedReason: document.string("revokedReason"))
        sealedSuccessor = document.bytes("sealedSuccessor")
        generation = document.int("generation") ?? 0
        createdAt = try document.requireInstant("createdAt")
        accountCreatedAt = document.instant("accountCreatedAt") ?? createdAt
        lastSeenAt = try document.requireInstant("lastSeenAt")
        ipHash = document.string("ipHash")
    }

    /// A new session's document.
    func document(outbox events: [OutgoingEvent]) -> BSONDocument {
        var document: BSONDocument = [
            "_id": .id(id), "userId": .id(userID),
            "device": ["id": .string(device.id), "platform": .string(device.platform.rawValue)],
            "refreshHash": .data(state.currentDigest), "generation": .int32(Int32(generation)),
            "createdAt": .instant(createdAt), "lastSeenAt": .instant(lastSeenAt),
            "expiresAt": .instant(state.expiresAt), "accountCreatedAt": .instant(accountCreatedAt),
        ]
        document.append("ipHash", ifPresent: ipHash.map { .string($0) })
        document.append("outbox", events.outbox)
        return document
    }
}
