import BSON
import Domain
import MongoClient
import Records
import Runtime
import Security
import Synchronization
import Telemetry

/// The keys that auth signs with: made, published a while before they are used, replaced, and forgotten when the last
/// token signed with them has expired.
final class SigningKeys: Sendable {
    /// Longer than any process takes to read the keys again, and than a JWKS may be cached.
    static let publishedBefore = Duration.minutes(10)
    private static let acceptedAfter = Duration.hours(1)
    private static let readAgainAfter = Duration.seconds(30)

    private struct State {
        var signer: TokenSigner?
        var keys: [StoredSigningKey] = []
        var readAt: Instant?
    }

    private let collection: MongoCollection
    private let box: SealedBox
    private let life: Duration
    private let pool: BlockingPool
    private let log: Logger
    private let state = Mutex(State())

    init(client: MongoClient, secret: String, life: Duration, pool: BlockingPool, log: Logger) throws(SecurityError) {
        collection = client.collection(PeopleCollections.signingKeys.name)
        box = try SealedBox(secret: secret, purpose: "signing-keys")
        self.life = life
        self.pool = pool
        self.log = log
    }

    /// What signs at present. Makes the very first key where there is none.
    func signer(now: Instant) async throws -> TokenSigner {
        let known = state.withLock { state in
            state.readAt.map { now - $0 < Self.readAgainAfter } == true ? state.signer : nil
        }
        if let known { return known }
        try await read(now: now)
        if let signer = state.withLock({ $0.signer }) { return signer }
        try await make(number: 1, activeFrom: now, now: now)
        try await read(now: now)
        guard let signer = state.withLock({ $0.signer }) else { throw AuthError.notReady("no signing key yet") }
        return signer
    }

    /// Every key whose tokens are accepted, or soon will be.
    func published(now: Instant) async throws -> [StoredSigningKey] {
        if state.withLock({ $0.readAt.map { now - $0 < Self.readAgainAfter } != true }) { try await read(now: now) }
        return state.withLock { $0.keys }
    }

    /// Publishes the next key when the newest has served its time, and lets retired ones expire. Any number of processes
    /// may do this at once.
    func rotate(now: Instant) async throws {
        try await read(now: now)
        let keys = state.withLock { $0.keys }
        guard let newest = keys.max(by: { $0.number < $1.number }) else {
            return try await make(number: 1, activeFrom: now, now: now)
        }
        if now - newest.createdAt >= life {
            try await make(number: newest.number + 1, activeFrom: now + Self.publishedBefore, now: now)
        }
        // The newest active key signs; those before it are retired, and go when nothing signed with them is alive.
        guard let signing = keys.filter({ $0.activeFrom <= now }).max(by: { $0.number < $1.number }) else { return }
        for key in keys where key.number < signing.number && key.retiredAt == nil {
            _ = try await collection.update(
                ["_id": .string(key.id), "retiredAt": ["$exists": false]],
                ["$set": ["retiredAt": .instant(now), "expiresAt": .instant(now + Self.acceptedAfter)]])
            log.info("a signing key is retired", ["kid": key.id])
        }
    }

    private func make(number: Int, activeFrom: Instant, now: Instant) async throws {
        let id = StoredSigningKey.id(number: number)
        let box = box
        let key = try await pool.run {
            let key = try RSAPrivateKey.generate()
            return StoredSigningKey(
                id: id, publicDER: try key.publicDER, sealedPrivateKey: try box.seal(try key.der, context: id),
                createdAt: now, activeFrom: activeFrom)
        }
        do {
            try await collection.insert(key.document)
            log.info("a signing key is published", ["kid": id])
        } catch MongoError.duplicateKey {
            // Another process was first: its key is as good.
        }
    }

    private func read(now: Instant) async throws {
        let keys = try await collection.find([:], limit: 100).map { document throws(MongoError) in
            do {
                return try StoredSigningKey(document)
            } catch {
                throw .malformed("signing_keys: \(error)")
            }
        }
        let signing = keys.filter { $0.activeFrom <= now }.max { $0.number < $1.number }
        let known = state.withLock { $0.signer }
        var signer = known
        if let signing, signing.id != known?.keyID {
            let key = try RSAPrivateKey(der: try box.open(signing.sealedPrivateKey, context: signing.id))
            signer = TokenSigner(keyID: signing.id, key: key)
        }
        let current = signer
        state.withLock { state in
            state.keys = keys
            state.signer = current
            state.readAt = now
        }
    }
}
