package import Domain
import Glibc
import JSON
import Synchronization

/// Tells good tokens from bad ones. A token's signature is checked once; until it expires, the token is remembered.
///
/// Thread-safe. Whether a session has been revoked since is not its business.
package final class TokenVerifier: Sendable {
    private static let longestToken = 8192
    private static let algorithm = "RS256"

    /// A token that was good, as it came: nothing but the very same bytes is taken for it.
    private struct Known: Sendable {
        let token: [UInt8]
        let claims: AccessClaims
    }

    private let keys = Mutex<[String: RSAPublicKey]>([:])
    /// By a token's end. Of two with one end the later is remembered.
    private let cache: Mutex<TwoGenerationCache<Int, Known>>

    /// - Parameter cacheCapacity: tokens remembered; about a kilobyte each.
    package init(cacheCapacity: Int = 10_000) {
        cache = Mutex(TwoGenerationCache(capacity: cacheCapacity))
    }

    /// Replaces all keys. Tokens already verified under a key that is gone must be verified again.
    package func setKeys(_ keys: [String: RSAPublicKey]) {
        let lostOne = self.keys.withLock { current in
            defer { current = keys }
            return current.keys.contains { keys[$0] == nil }
        }
        if lostOne { cache.withLock { $0.removeAll() } }
    }

    package var keyIDs: Set<String> { keys.withLock { Set($0.keys) } }

    /// - Throws: `TokenError`; only `.unknownKey` is worth another try, after `setKeys`.
    package func verify(_ token: String, now: Instant) throws(TokenError) -> AccessClaims {
        try verify(Array(token.utf8)[...], now: now)
    }

    /// - Throws: `TokenError`; only `.unknownKey` is worth another try, after `setKeys`.
    package func verify(_ token: ArraySlice<UInt8>, now: Instant) throws(TokenError) -> AccessClaims {
        guard token.count <= Self.longestToken else { throw .malformed }
        if let claims = remembered(token.span) {
            guard claims.expiresAt > now else { throw .expired(at: claims.expiresAt) }
            return claims
        }
        let bytes = Array(token)
        let claims = try check(bytes)
        guard claims.expiresAt > now else { throw .expired(at: claims.expiresAt) }
        cache.withLock { $0.insert(Known(token: bytes, claims: claims), for: Self.hash(of: token.span)) }
        return claims
    }

    /// What a token says that was good before and may have expired since; nil for others, which cost a signature to check.
    package func remembered(_ token: Span<UInt8>) -> AccessClaims? {
        let hash = Self.hash(of: token)
        guard let known = cache.withLock({ $0.value(for: hash) }), Self.areEqual(known.token, token) else { return nil }
        return known.claims
    }

    /// Of the last bytes: they are a good signature's, which nobody can choose, and differ between any two tokens.
    private static func hash(of token: Span<UInt8>) -> Int {
        var hash: UInt64 = 0
        for index in max(0, token.count - 16)..<token.count {
            hash = (hash ^ UInt64(token[index])) &* 0x0000_0100_0000_01B3
        }
        return Int(truncatingIfNeeded: hash)
    }

    private static func areEqual(_ known: [UInt8], _ token: Span<UInt8>) -> Bool {
        known.withUnsafeBytes { known in
            token.withUnsafeBytes { token in
                guard let start = known.baseAddress, let other = token.baseAddress else { return false }
                return known.count == token.count && memcmp(start, other, token.count) == 0
            }
        }
    }

    private func check(_ token: [UInt8]) throws(TokenError) -> AccessClaims {
        let parts = token.split(separator: 0x2E, omittingEmptySubsequences: false)
        guard parts.count == 3, let header = Base64URL.decode(parts[0]), let payload = Base64URL.decode(parts[1]),
            let signature = Base64URL.decode(parts[2])
        else { throw .malformed }
        // The algorithm is ours to choose, never the token's: anything but the one in use is refused.
        guard let header = try? JSONParser.parse(header), header["alg"]?.string == Self.algorithm,
            let keyID = header["kid"]?.string, header["crit"] == nil
        else { throw .malformed }
        guard let key = keys.withLock({ $0[keyID] }) else { throw .unknownKey(keyID) }
        guard key.isValid(signature: signature, for: Array(token[..<parts[1].endIndex])) else { throw .forged }
        guard let claims = AccessClaims(json: payload) else { throw .malformed }
        return claims
    }
}
