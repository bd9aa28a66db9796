/// Which of a cluster's 16,384 slots holds a key: CRC16 (XMODEM) of its hash tag, else of the whole key.
enum RedisSlot {
    static let count = 16384

    static func of(_ key: [UInt8]) -> UInt16 { crc16(tag(of: key[...])) % UInt16(count) }

    /// What stands in the first pair of braces, unless that is empty.
    private static func tag(of key: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        guard let open = key.firstIndex(of: UInt8(ascii: "{")),
            let close = key[(open + 1)...].firstIndex(of: UInt8(ascii: "}")), close > open + 1
        else { return key }
        return key[(open + 1)..<close]
    }

    static func crc16(_ bytes: ArraySlice<UInt8>) -> UInt16 {
        bytes.reduce(0) { crc, byte in crc << 8 ^ table[Int(crc >> 8) ^ Int(byte)] }
    }

    private static let table: [UInt16] = (0..<256).map { index in
        (0..<8).reduce(UInt16(index) << 8) { crc, _ in crc & 0x8000 == 0 ? crc << 1 : crc << 1 ^ 0x1021 }
    }
}
