package import Domain
import JSON
import Synchronization

/// Tells good tokens from bad ones. A token's signature is checked once; until it expires, its digest is remembered.
///
/// Thread-safe. Whether a session has been revoked since is not its business.
package final class TokenVerifier: Sendable {
    private static let longestToken = 8192
    private static let algorithm = "RS256"

    private let keys = Mutex<[String: RSAPublicKey]>([:])
    private let cache: Mutex<TwoGenerationCache<Digest, AccessClaims>>

    /// - Parameter cacheCapacity: tokens remembered; about 300 bytes each.
    package init(cacheCapacity: Int = 20_000) {
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
        guard token.utf8.count <= Self.longestToken else { throw .malformed }
        var contiguous = token
        let digest = contiguous.withUTF8 { Digest(of: $0) }
        if let known = cache.withLock({ $0.value(for: digest) }) {
            guard known.expiresAt > now else { throw .expired(at: known.expiresAt) }
            return known
        }
        let claims = try check(Array(token.utf8))
        guard claims.expiresAt > now else { throw .expired(at: claims.expiresAt) }
        cache.withLock { $0.insert(claims, for: digest) }
        return claims
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
