import Glibc
import Synchronization

/// The 12-byte identifier of MongoDB: seconds, a number drawn once per process, a counter.
///
/// Kept as two big-endian words, so that comparing and hashing cost two integer operations and order is byte order.
package struct ObjectID: Hashable, Comparable, Sendable {
    package let high: UInt64
    package let low: UInt32

    package init(high: UInt64, low: UInt32) {
        self.high = high
        self.low = low
    }

    /// A new id, never given twice by this process; ids of one process ascend within a second.
    package init() {
        let count = Self.counter.wrappingAdd(1, ordering: .relaxed).newValue & 0xFF_FFFF
        let seconds = UInt64(truncatingIfNeeded: Self.secondsNow()) & 0xFFFF_FFFF
        high = seconds << 32 | Self.processNumber >> 8
        low = UInt32(truncatingIfNeeded: Self.processNumber & 0xFF) << 24 | count
    }

    /// Nil unless there are exactly 12 bytes.
    package init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 12 else { return nil }
        self.init(
            high: bytes.prefix(8).reduce(0) { $0 << 8 | UInt64($1) },
            low: bytes.dropFirst(8).reduce(0) { $0 << 8 | UInt32($1) })
    }

    /// Nil unless the text is 24 hexadecimal digits, in either case.
    package init?(hex: String) {
        var hex = hex
        var (high, low, wrong): (UInt64, UInt32, UInt8) = (0, 0, 0)
        let isComplete = hex.withUTF8 { digits in
            guard digits.count == 24 else { return false }
            for index in 0..<16 {
                let value = unsafe Self.value(ofDigit: digits[index])
                wrong |= value
                high = high << 4 | UInt64(value & 15)
            }
            for index in 16..<24 {
                let value = unsafe Self.value(ofDigit: digits[index])
                wrong |= value
                low = low << 4 | UInt32(value & 15)
            }
            return true
        }
        guard isComplete, wrong < 16 else { return nil }
        self.init(high: high, low: low)
    }

    /// The same for text that is still bytes.
    package init?(hexDigits: ArraySlice<UInt8>) {
        guard hexDigits.count == 24 else { return nil }
        var (high, low, wrong): (UInt64, UInt32, UInt8) = (0, 0, 0)
        for index in hexDigits.indices {
            let value = Self.value(ofDigit: hexDigits[index])
            wrong |= value
            if index - hexDigits.startIndex < 16 {
                high = high << 4 | UInt64(value & 15)
            } else {
                low = low << 4 | UInt32(value & 15)
            }
        }
        guard wrong < 16 else { return nil }
        self.init(high: high, low: low)
    }

    /// The same for bytes that are somebody else's.
    package init?(hexDigits: Span<UInt8>) {
        guard hexDigits.count == 24 else { return nil }
        var (high, low, wrong): (UInt64, UInt32, UInt8) = (0, 0, 0)
        for index in 0..<16 {
            let value = Self.value(ofDigit: hexDigits[index])
            wrong |= value
            high = high << 4 | UInt64(value & 15)
        }
        for index in 16..<24 {
            let value = Self.value(ofDigit: hexDigits[index])
            wrong |= value
            low = low << 4 | UInt32(value & 15)
        }
        guard wrong < 16 else { return nil }
        self.init(high: high, low: low)
    }

    /// The lowest id of a second: a bound for ranges over `_id`.
    package static func lowest(ofSecond seconds: Int64) -> ObjectID {
        ObjectID(high: UInt64(UInt32(truncatingIfNeeded: seconds)) << 32, low: 0)
    }

    /// When the id was made, in seconds since 1970.
    package var timestamp: Int64 { Int64(high >> 32) }

    package var bytes: [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(12)
        append(to: &bytes)
        return bytes
    }

    /// 24 digits in lower case.
    package var hex: String {
        let words = hexWords
        return unsafe String(unsafeUninitializedCapacity: 24) { digits in
            let target = UnsafeMutableRawPointer(digits.baseAddress!)
            unsafe target.storeBytes(of: words.0.bigEndian, as: UInt64.self)
            unsafe target.storeBytes(of: words.1.bigEndian, toByteOffset: 8, as: UInt64.self)
            unsafe target.storeBytes(of: words.2.bigEndian, toByteOffset: 16, as: UInt64.self)
            return 24
        }
    }

    /// The 24 digits as characters, eight in a word, the first in the highest byte: for writers of their own bytes.
    package var hexWords: (UInt64, UInt64, UInt64) {
        (
            Self.digits(UInt32(truncatingIfNeeded: high >> 32)), Self.digits(UInt32(truncatingIfNeeded: high)),
            Self.digits(low)
        )
    }

    /// Writes the 24 digits, for writers that build their own bytes.
    package func appendHex(to out: inout [UInt8]) {
        let words = hexWords
        unsafe withUnsafeBytes(of: words.0.bigEndian) { unsafe out.append(contentsOf: $0) }
        unsafe withUnsafeBytes(of: words.1.bigEndian) { unsafe out.append(contentsOf: $0) }
        unsafe withUnsafeBytes(of: words.2.bigEndian) { unsafe out.append(contentsOf: $0) }
    }

    /// Eight digits at once: each half byte is moved into a byte of its own, then all of them become characters.
    private static func digits(_ number: UInt32) -> UInt64 {
        var word = UInt64(number)
        word = (word & 0xFFFF_0000) << 16 | word & 0xFFFF
        word = (word & 0x0000_FF00_0000_FF00) << 8 | word & 0x0000_00FF_0000_00FF
        word = (word & 0x00F0_00F0_00F0_00F0) << 4 | word & 0x000F_000F_000F_000F
        let letters = (word &+ 0x0606_0606_0606_0606) >> 4 & 0x0101_0101_0101_0101
        return word &+ 0x3030_3030_3030_3030 &+ letters &* 39
    }

    package static func < (left: ObjectID, right: ObjectID) -> Bool {
        left.high != right.high ? left.high < right.high : left.low < right.low
    }

    func append(to out: inout [UInt8]) {
        unsafe withUnsafeBytes(of: high.bigEndian) { unsafe out.append(contentsOf: $0) }
        unsafe withUnsafeBytes(of: low.bigEndian) { unsafe out.append(contentsOf: $0) }
    }

    private static let processNumber = UInt64.random(in: 0..<(1 << 40))
    private static let counter = Atomic<UInt32>(UInt32.random(in: 0..<(1 << 24)))

    private static func secondsNow() -> Int {
        var now = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &now)
        return now.tv_sec
    }

    /// 255 for what is no digit.
    private static func value(ofDigit digit: UInt8) -> UInt8 {
        switch digit {
        case 48...57: digit - 48
        case 97...102: digit - 87
        case 65...70: digit - 55
        default: 255
        }
    }
}

extension ObjectID: CustomStringConvertible {
    package var description: String { hex }
}
