import COpenSSL

/// SHA-256 in one call.
package enum SHA256 {
    package static let byteCount = 32

    package static func hash(_ bytes: [UInt8]) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: byteCount) { output, count in
            let result = EVP_Digest(bytes, bytes.count, output.baseAddress, nil, OpenSSL.sha256, nil)
            precondition(result == 1, "SHA-256 over memory cannot fail")
            count = byteCount
        }
    }

    package static func hash(_ text: String) -> [UInt8] { hash(Array(text.utf8)) }

    package static func hexDigest(_ text: String) -> String { Hex.encode(hash(text)) }
    package static func hexDigest(_ bytes: [UInt8]) -> String { Hex.encode(hash(bytes)) }
}
