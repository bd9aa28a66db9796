/// Why a cryptographic operation did not give a result.
package enum SecurityError: Error, Equatable {
    /// The library refused: its own code, for the log. Not a caller's mistake.
    case library(operation: String, code: UInt)
    /// A sealed box was altered, or was sealed with another secret.
    case notAuthentic
    /// Bytes that should hold a key do not.
    case malformedKey
    /// A secret is shorter than it must be.
    case secretTooShort(minimum: Int)
}
