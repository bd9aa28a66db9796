import COpenSSL

/// HMAC-SHA-256 in one call.
package enum HMAC {
    package static func sha256(key: [UInt8], message: [UInt8]) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: SHA256.byteCount) { output, count in
            var length: UInt32 = 0
            let result = COpenSSL.HMAC(
                OpenSSL.sha256, key, Int32(key.count), message, message.count, output.baseAddress, &length)
            precondition(result != nil, "HMAC over memory cannot fail")
            count = Int(length)
        }
    }

    package static func sha256(key: String, message: String) -> [UInt8] {
        sha256(key: Array(key.utf8), message: Array(message.utf8))
    }
}
