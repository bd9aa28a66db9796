import COpenSSL

/// SHA-256 in one call.
package enum SHA256 {
    package static let byteCount = 32

    package static func hash(_ bytes: [UInt8]) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: byteCount) { output, count in
            circle_sha256(bytes, bytes.count, output.baseAddress)
            count = byteCount
        }
    }

    /// The first sixteen bytes, as two words in the digest's order: for ids, which are made by the million.
    static func words(_ bytes: [UInt8]) -> (UInt64, UInt64) {
        withUnsafeTemporaryAllocation(byteCount: byteCount, alignment: 8) { output in
            circle_sha256(bytes, bytes.count, output.baseAddress)
            return (
                UInt64(bigEndian: output.load(as: UInt64.self)),
                UInt64(bigEndian: output.load(fromByteOffset: 8, as: UInt64.self))
            )
        }
    }

    package static func hash(_ text: String) -> [UInt8] { hash(Array(text.utf8)) }

    package static func hexDigest(_ text: String) -> String { Hex.encode(hash(text)) }
    package static func hexDigest(_ bytes: [UInt8]) -> String { Hex.encode(hash(bytes)) }
}
