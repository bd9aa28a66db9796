import COpenSSL

/// The private half of a signing key: makes RS256 signatures (about 0.7 ms each: on a blocking pool).
///
/// `@unchecked`: an `EVP_PKEY` that nobody changes may be used from several threads at once (OpenSSL's own guarantee).
package final class RSAPrivateKey: @unchecked Sendable {
    private let handle: OpaquePointer

    private init(handle: OpaquePointer) { self.handle = handle }

    /// A new key. Takes tens to hundreds of milliseconds.
    package static func generate(bits: Int32 = 2048) throws(SecurityError) -> RSAPrivateKey {
        guard let context = EVP_PKEY_CTX_new_id(EVP_PKEY_RSA, nil) else { throw OpenSSL.failure("key context") }
        defer { EVP_PKEY_CTX_free(context) }
        try OpenSSL.require(EVP_PKEY_keygen_init(context), "key generation")
        try OpenSSL.require(EVP_PKEY_CTX_set_rsa_keygen_bits(context, bits), "key size")
        var key: OpaquePointer?
        try OpenSSL.require(EVP_PKEY_generate(context, &key), "key generation")
        guard let key else { throw OpenSSL.failure("key generation") }
        return RSAPrivateKey(handle: key)
    }

    /// - Parameter der: as `der` gives it.
    package init(der: [UInt8]) throws(SecurityError) {
        let handle = der.withUnsafeBufferPointer { buffer in
            var position = buffer.baseAddress
            return d2i_AutoPrivateKey(nil, &position, buffer.count)
        }
        guard let handle else {
            ERR_clear_error()
            throw .malformedKey
        }
        self.handle = handle
    }

    deinit { EVP_PKEY_free(handle) }

    package var der: [UInt8] {
        get throws(SecurityError) { try Self.encoded("encode private key") { i2d_PrivateKey(handle, $0) } }
    }

    package var publicKey: RSAPublicKey {
        get throws(SecurityError) { try RSAPublicKey(der: publicDER) }
    }

    /// A SubjectPublicKeyInfo.
    package var publicDER: [UInt8] {
        get throws(SecurityError) { try Self.encoded("encode public key") { i2d_PUBKEY(handle, $0) } }
    }

    package func sign(_ message: [UInt8]) throws(SecurityError) -> [UInt8] {
        guard let context = EVP_MD_CTX_new() else { throw OpenSSL.failure("sign") }
        defer { EVP_MD_CTX_free(context) }
        try OpenSSL.require(EVP_DigestSignInit(context, nil, OpenSSL.sha256, nil, handle), "sign")
        var count = 0
        try OpenSSL.require(EVP_DigestSign(context, nil, &count, message, message.count), "sign")
        var signature = [UInt8](repeating: 0, count: count)
        try OpenSSL.require(EVP_DigestSign(context, &signature, &count, message, message.count), "sign")
        return Array(signature[..<count])
    }

    private static func encoded(
        _ operation: StaticString, _ encode: (UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>?) -> Int32
    ) throws(SecurityError) -> [UInt8] {
        let count = encode(nil)
        guard count > 0 else { throw OpenSSL.failure(operation) }
        return [UInt8](unsafeUninitializedCapacity: Int(count)) { buffer, initialized in
            var position = buffer.baseAddress
            initialized = max(0, Int(encode(&position)))
        }
    }
}
