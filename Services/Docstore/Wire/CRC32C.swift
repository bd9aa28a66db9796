/// CRC-32C (Castagnoli): the checksum of OP_MSG and of every stored document.
///
/// Eight bytes a step from eight tables: about half a microsecond for a kilobyte.
enum CRC32C {
    private static let tables: [UInt32] = {
        var tables = [UInt32](repeating: 0, count: 8 * 256)
        for byte in 0..<256 {
            var value = UInt32(byte)
            for _ in 0..<8 { value = value & 1 == 1 ? (value >> 1) ^ 0x82F6_3B78 : value >> 1 }
            tables[byte] = value
        }
        for at in 256..<tables.count {
            let previous = tables[at - 256]
            tables[at] = (previous >> 8) ^ tables[Int(previous & 0xFF)]
        }
        return tables
    }()

    static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        tables.withUnsafeBufferPointer { t in
            var crc = UInt32.max
            let whole = bytes.count & ~7
            for at in stride(from: 0, to: whole, by: 8) {
                let x = UInt64(littleEndian: bytes.loadUnaligned(fromByteOffset: at, as: UInt64.self)) ^ UInt64(crc)
                crc =
                    t[7 * 256 + Int(x & 0xFF)] ^ t[6 * 256 + Int(x >> 8 & 0xFF)]
                    ^ t[5 * 256 + Int(x >> 16 & 0xFF)] ^ t[4 * 256 + Int(x >> 24 & 0xFF)]
                    ^ t[3 * 256 + Int(x >> 32 & 0xFF)] ^ t[2 * 256 + Int(x >> 40 & 0xFF)]
                    ^ t[256 + Int(x >> 48 & 0xFF)] ^ t[Int(x >> 56)]
            }
            for at in whole..<bytes.count { crc = (crc >> 8) ^ t[Int((crc ^ UInt32(bytes[at])) & 0xFF)] }
            return ~crc
        }
    }

    static func checksum(_ bytes: [UInt8]) -> UInt32 { bytes.withUnsafeBytes { checksum($0) } }
}
