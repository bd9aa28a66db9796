import COpenSSL

/// Encrypts small secrets for storage with AES-256-GCM: nonce, ciphertext and tag in one byte string.
package struct SealedBox: Sendable {
    package static let minimumSecretLength = 32
    private static let nonceCount = 12
    private static let tagCount = 16

    private let key: [UInt8]

    /// - Parameters:
    ///   - secret: the operator's secret, at least 32 characters.
    ///   - purpose: what the box is for. Keys of different purposes are unrelated.
    package init(secret: String, purpose: String) throws(SecurityError) {
        guard secret.utf8.count >= Self.minimumSecretLength else {
            throw .secretTooShort(minimum: Self.minimumSecretLength)
        }
        key = HMAC.sha256(key: secret, message: "circle/sealed-box/v1/" + purpose)
    }

    /// - Parameter context: bound to the box; it opens only with the same one (such as the id of the document it lies in).
    package func seal(_ plaintext: [UInt8], context: String) throws(SecurityError) -> [UInt8] {
        let nonce = RandomBytes.generate(Self.nonceCount)
        let cipher = try CipherContext()
        try OpenSSL.require(EVP_EncryptInit_ex2(cipher.handle, OpenSSL.aes256GCM, key, nonce, nil), "seal")
        let context = Array(context.utf8)
        var written: Int32 = 0
        try OpenSSL.require(
            EVP_EncryptUpdate(cipher.handle, nil, &written, context, Int32(context.count)), "seal context")
        var output = [UInt8](repeating: 0, count: plaintext.count)
        try OpenSSL.require(
            EVP_EncryptUpdate(cipher.handle, &output, &written, plaintext, Int32(plaintext.count)), "seal text")
        var rest = [UInt8](repeating: 0, count: Self.tagCount)
        try OpenSSL.require(EVP_EncryptFinal_ex(cipher.handle, &rest, &written), "seal end")
        var tag = [UInt8](repeating: 0, count: Self.tagCount)
        try OpenSSL.require(
            EVP_CIPHER_CTX_ctrl(cipher.handle, EVP_CTRL_AEAD_GET_TAG, Int32(Self.tagCount), &tag), "seal tag")
        return nonce + output + tag
    }

    /// - Throws: `.notAuthentic` when anything differs: box, context or secret.
    package func open(_ box: [UInt8], context: String) throws(SecurityError) -> [UInt8] {
        guard box.count >= Self.nonceCount + Self.tagCount else { throw .notAuthentic }
        let nonce = Array(box[..<Self.nonceCount])
        let ciphertext = Array(box[Self.nonceCount..<(box.count - Self.tagCount)])
        var tag = Array(box[(box.count - Self.tagCount)...])
        let cipher = try CipherContext()
        try OpenSSL.require(EVP_DecryptInit_ex2(cipher.handle, OpenSSL.aes256GCM, key, nonce, nil), "open")
        let context = Array(context.utf8)
        var written: Int32 = 0
        try OpenSSL.require(
            EVP_DecryptUpdate(cipher.handle, nil, &written, context, Int32(context.count)), "open context")
        var output = [UInt8](repeating: 0, count: ciphertext.count)
        try OpenSSL.require(
            EVP_DecryptUpdate(cipher.handle, &output, &written, ciphertext, Int32(ciphertext.count)), "open text")
        try OpenSSL.require(
            EVP_CIPHER_CTX_ctrl(cipher.handle, EVP_CTRL_AEAD_SET_TAG, Int32(Self.tagCount), &tag), "open tag")
        var rest = [UInt8](repeating: 0, count: Self.tagCount)
        guard EVP_DecryptFinal_ex(cipher.handle, &rest, &written) > 0 else {
            ERR_clear_error()
            throw .notAuthentic
        }
        return output
    }
}

/// Owns one cipher context.
private final class CipherContext {
    let handle: OpaquePointer

    init() throws(SecurityError) {
        guard let handle = EVP_CIPHER_CTX_new() else { throw OpenSSL.failure("cipher context") }
        self.handle = handle
    }

    deinit { EVP_CIPHER_CTX_free(handle) }
}
