import COpenSSL

/// The public half of a signing key: verifies RS256 signatures.
///
/// `@unchecked`: an `EVP_PKEY` that nobody changes may be used from several threads at once (OpenSSL's own guarantee).
package final class RSAPublicKey: @unchecked Sendable {
    private let handle: OpaquePointer

    /// - Parameter der: a SubjectPublicKeyInfo.
    package init(der: [UInt8]) throws(SecurityError) {
        let handle = der.withUnsafeBufferPointer { buffer in
            var position = buffer.baseAddress
            return d2i_PUBKEY(nil, &position, buffer.count)
        }
        guard let handle else {
            ERR_clear_error()
            throw .malformedKey
        }
        guard EVP_PKEY_get_base_id(handle) == EVP_PKEY_RSA, EVP_PKEY_get_bits(handle) >= 2048 else {
            EVP_PKEY_free(handle)
            throw .malformedKey
        }
        self.handle = handle
    }

    deinit { EVP_PKEY_free(handle) }

    package func isValid(signature: [UInt8], for message: [UInt8]) -> Bool {
        guard let context = EVP_MD_CTX_new() else { return false }
        defer { EVP_MD_CTX_free(context) }
        guard EVP_DigestVerifyInit(context, nil, OpenSSL.sha256, nil, handle) == 1 else {
            ERR_clear_error()
            return false
        }
        let result = EVP_DigestVerify(context, signature, signature.count, message, message.count)
        if result != 1 { ERR_clear_error() }
        return result == 1
    }

    /// Modulus and exponent, big-endian, as a JSON Web Key shows them.
    package var components: (modulus: [UInt8], exponent: [UInt8]) {
        (number(OSSL_PKEY_PARAM_RSA_N), number(OSSL_PKEY_PARAM_RSA_E))
    }

    private func number(_ name: String) -> [UInt8] {
        var number: OpaquePointer?
        guard EVP_PKEY_get_bn_param(handle, name, &number) == 1, let number else { return [] }
        defer { BN_free(number) }
        var bytes = [UInt8](repeating: 0, count: Int(BN_num_bits(number) + 7) / 8)
        BN_bn2bin(number, &bytes)
        return bytes
    }
}
