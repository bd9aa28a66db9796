/// A 12-byte BSON ObjectId: seconds since 1970, five random bytes of the process, a counter.
///
/// Source: MongoDB BSON specification, "ObjectId". Ordered as the bytes are.
package struct ObjectID: Hashable, Comparable, Sendable, CustomStringConvertible {
    private let high: UInt64
    private let low: UInt32

    /// - Parameter bytes: exactly 12; anything else gives nil.
    package init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 12 else { return nil }
        var high: UInt64 = 0
        var low: UInt32 = 0
        for (index, byte) in bytes.enumerated() {
            if index < 8 { high = high << 8 | UInt64(byte) } else { low = low << 8 | UInt32(byte) }
        }
        self.init(high: high, low: low)
    }

    init(high: UInt64, low: UInt32) {
        self.high = high
        self.low = low
    }

    /// - Parameter hex: exactly 24 hex digits in either case; anything else gives nil.
    package init?(hex: String) {
        guard hex.utf8.count == 24 else { return nil }
        var high: UInt64 = 0
        var low: UInt32 = 0
        for (index, character) in hex.utf8.enumerated() {
            guard let digit = Self.value(ofHexDigit: character) else { return nil }
            if index < 16 { high = high << 4 | UInt64(digit) } else { low = low << 4 | UInt32(digit) }
        }
        self.init(high: high, low: low)
    }

    package var bytes: [UInt8] {
        (0..<12).map {
            $0 < 8 ? UInt8(truncatingIfNeeded: high >> (56 - 8 * $0)) : UInt8(truncatingIfNeeded: low >> (88 - 8 * $0))
        }
    }

    /// 24 lower-case hex digits.
    package var hex: String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        text.reserveCapacity(24)
        for shift in stride(from: UInt64(60), through: 0, by: -4) { text.append(digits[Int(high >> shift & 15)]) }
        for shift in stride(from: UInt32(28), through: 0, by: -4) { text.append(digits[Int(low >> shift & 15)]) }
        return String(decoding: text, as: UTF8.self)
    }

    package var description: String { hex }

    /// When it was made, in whole seconds since 1970, as its maker's clock said.
    package var timestamp: UInt32 { UInt32(truncatingIfNeeded: high >> 32) }

    package static func < (left: Self, right: Self) -> Bool {
        left.high == right.high ? left.low < right.low : left.high < right.high
    }

    private static func value(ofHexDigit character: UInt8) -> UInt8? {
        switch character {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): character - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): character - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): character - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
