package import Domain

/// Why a token is not accepted. Every case but `unknownKey` is final.
package enum TokenError: Error, Equatable {
    case malformed
    /// Not signed by the key it names.
    case forged
    case expired(at: Instant)
    /// Signed by a key that this process has not read yet; read the keys again, at a bounded rate, and retry.
    case unknownKey(String)
}
