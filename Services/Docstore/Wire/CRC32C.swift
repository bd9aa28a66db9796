import CLinux

/// CRC-32C (Castagnoli): the checksum of OP_MSG and of every stored document, by the processor's instruction for it
/// where there is one.
enum CRC32C {
    private static let hasInstruction = cl_has_crc32c() != 0

    static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        guard hasInstruction else { return ~bytewise(bytes) }
        return ~cl_crc32c(.max, bytes.assumingMemoryBound(to: UInt8.self).baseAddress, UInt(bytes.count))
    }

    static func checksum(_ bytes: [UInt8]) -> UInt32 { bytes.withUnsafeBytes { checksum($0) } }

    private static let table: [UInt32] = (0..<256).map { byte in
        (0..<8).reduce(UInt32(byte)) { value, _ in value & 1 == 1 ? (value >> 1) ^ 0x82F6_3B78 : value >> 1 }
    }

    static func bytewise(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        bytes.reduce(.max) { crc, byte in (crc >> 8) ^ table[Int((crc ^ UInt32(byte)) & 0xFF)] }
    }
}
