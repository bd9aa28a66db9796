package import Domain
package import Security
import Synchronization
package import Telemetry

/// Where the public halves of the signing keys are read.
package protocol PublicKeySource: Sendable {
    /// Key id → SubjectPublicKeyInfo of every key whose tokens are to be accepted.
    func publicKeys() async throws -> [String: [UInt8]]
}

/// Verifies tokens with keys read from their owner's store, and reads them again when a token names one that is new.
package final class SigningKeyRing: Sendable {
    private struct State {
        var lastRead: Instant?
        var lastTry: Instant?
    }

    /// Tokens with invented key ids must not become a load on the database.
    private static let shortestPause: Int64 = 5000

    private let verifier: TokenVerifier
    private let source: any PublicKeySource
    private let log: Logger
    private let state = Mutex(State())

    package init(source: any PublicKeySource, verifier: TokenVerifier = TokenVerifier(), log: Logger) {
        self.source = source
        self.verifier = verifier
        self.log = log
    }

    package var hasKeys: Bool { !verifier.keyIDs.isEmpty }

    /// The common case: a token verified before, or signed with a known key. Does not suspend.
    package func verifyKnown(_ token: ArraySlice<UInt8>, now: Instant) throws(TokenError) -> AccessClaims {
        try verifier.verify(token, now: now)
    }

    /// What a token says that was verified before and has not expired; nil for others.
    package func remembered(_ token: Swift.Span<UInt8>, now: Instant) -> AccessClaims? {
        guard let claims = verifier.remembered(token), claims.expiresAt > now else { return nil }
        return claims
    }

    /// Reads the keys again for a token that names an unknown one, unless that was tried a moment ago.
    package func verifyAfterReading(_ token: ArraySlice<UInt8>, now: Instant) async throws -> AccessClaims {
        let mayTry = state.withLock { state in
            if let last = state.lastTry, now.milliseconds - last.milliseconds < Self.shortestPause { return false }
            state.lastTry = now
            return true
        }
        if mayTry { try await read(now: now) }
        return try verifier.verify(token, now: now)
    }

    /// Reads all keys.
    package func read(now: Instant) async throws {
        var keys: [String: RSAPublicKey] = [:]
        for (id, der) in try await source.publicKeys() {
            do {
                keys[id] = try RSAPublicKey(der: der)
            } catch {
                log.error("a signing key can't be read", ["kid": id, "reason": "\(error)"])
            }
        }
        verifier.setKeys(keys)
        state.withLock { $0.lastRead = now }
    }
}
