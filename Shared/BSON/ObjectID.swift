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
        var high: UInt64 = 0
        var low: UInt32 = 0
        var count = 0
        for digit in hex.utf8 {
            guard count < 24, let value = Self.value(ofDigit: digit) else { return nil }
            if count < 16 { high = high << 4 | UInt64(value) } else { low = low << 4 | UInt32(value) }
            count += 1
        }
        guard count == 24 else { return nil }
        self.init(high: high, low: low)
    }

    /// The same for text that is still bytes.
    package init?(hexDigits: ArraySlice<UInt8>) {
        guard hexDigits.count == 24 else { return nil }
        var (high, low): (UInt64, UInt32) = (0, 0)
        for index in hexDigits.indices {
            guard let value = Self.value(ofDigit: hexDigits[index]) else { return nil }
            if index - hexDigits.startIndex < 16 {
                high = high << 4 | UInt64(value)
            } else {
                low = low << 4 | UInt32(value)
            }
        }
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
        unsafe String(unsafeUninitializedCapacity: 24) { digits in
            for index in 0..<16 {
                unsafe digits[index] = Self.digit(UInt8(truncatingIfNeeded: high >> UInt64(60 - 4 * index) & 15))
            }
            for index in 0..<8 {
                unsafe digits[16 + index] = Self.digit(UInt8(truncatingIfNeeded: low >> UInt32(28 - 4 * index) & 15))
            }
            return 24
        }
    }

    /// Writes the 24 digits, for writers that build their own bytes.
    package func appendHex(to out: inout [UInt8]) {
        for shift in stride(from: 60, through: 0, by: -4) { out.append(Self.digit(UInt8(high >> UInt64(shift) & 15))) }
        for shift in stride(from: 28, through: 0, by: -4) { out.append(Self.digit(UInt8(low >> UInt32(shift) & 15))) }
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

    private static func digit(_ value: UInt8) -> UInt8 { value < 10 ? 48 + value : 87 + value }

    private static func value(ofDigit digit: UInt8) -> UInt8? {
        switch digit {
        case 48...57: digit - 48
        case 97...102: digit - 87
        case 65...70: digit - 55
        default: nil
        }
    }
}

extension ObjectID: CustomStringConvertible {
    package var description: String { hex }
}
