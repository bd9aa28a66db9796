import COpenSSL

/// The one place where OpenSSL's results become Swift errors, and where its algorithms are looked up once.
enum OpenSSL {
    /// Looking an algorithm up by name takes a lock in OpenSSL 3; the handles live as long as the process.
    nonisolated(unsafe) static let sha256: OpaquePointer = fetched(EVP_MD_fetch(nil, "SHA256", nil))
    nonisolated(unsafe) static let aes256GCM: OpaquePointer = fetched(EVP_CIPHER_fetch(nil, "AES-256-GCM", nil))

    static func failure(_ operation: StaticString) -> SecurityError {
        let code = ERR_get_error()
        ERR_clear_error()
        return .library(operation: "\(operation)", code: UInt(code))
    }

    static func require(_ result: Int32, _ operation: StaticString) throws(SecurityError) {
        guard result > 0 else { throw failure(operation) }
    }

    private static func fetched(_ handle: OpaquePointer?) -> OpaquePointer {
        guard let handle else { preconditionFailure("this OpenSSL lacks an algorithm that every build has") }
        return handle
    }
}
