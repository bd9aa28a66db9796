package import Domain
import Security

/// Addresses of pictures that not everybody may see: whoever holds one may look until it expires.
///
/// The signature covers path and time, not the host, so that it survives another gateway name.
package struct MediaSigner: Sendable {
    package static let shortestSecret = 32
    private let secret: [UInt8]

    /// - Parameter secret: `MEDIA_SIGNING_SECRET`, the same in every service that signs or serves.
    package init?(secret: String) {
        guard secret.utf8.count >= Self.shortestSecret else { return nil }
        self.secret = Array(secret.utf8)
    }

    /// The address with `expires` (seconds since 1970) and `signature` appended.
    ///
    /// The time is rounded up to a quarter of an hour, so that a list asked for twice carries the same addresses and caches work.
    package func sign(_ url: String, until: Instant) -> String {
        let quarter: Int64 = 900
        let seconds = (until.milliseconds / 1_000 + quarter - 1) / quarter * quarter
        return "\(url)?expires=\(seconds)&signature=\(signature(path: Self.path(of: url), expires: seconds))"
    }

    /// - Parameters:
    ///   - path: as requested, without the query: `/media/…`.
    ///   - expires: the query's value, as sent.
    package func verify(path: String, expires: String, signature: String, at now: Instant) -> Bool {
        guard let seconds = Int64(expires), (0..<100_000_000_000).contains(seconds), now.milliseconds < seconds * 1_000
        else { return false }
        return constantTimeEquals(self.signature(path: path, expires: seconds), signature)
    }

    private func signature(path: String, expires: Int64) -> String {
        Base64URL.encode(HMAC.sha256(key: secret, message: Array("\(path)\n\(expires)".utf8)))
    }

    /// The path of an absolute or relative address.
    private static func path(of url: String) -> String {
        guard url.hasPrefix("http://") || url.hasPrefix("https://") else { return url }
        let afterScheme = url.split(separator: "/", maxSplits: 2, omittingEmptySubsequences: true)
        return afterScheme.count > 2 ? "/" + afterScheme[2] : "/"
    }
}
