/// Bytes with a subtype. For the old subtype 2 the bytes include the inner length, as they do on the wire.
package struct BSONBinary: Hashable, Sendable {
    package static let generic: UInt8 = 0
    package static let uuid: UInt8 = 4

    package var subtype: UInt8
    package var bytes: [UInt8]

    package init(subtype: UInt8 = BSONBinary.generic, bytes: [UInt8]) {
        self.subtype = subtype
        self.bytes = bytes
    }
}

/// MongoDB's internal timestamp: of an operation in its log, not a date.
package struct BSONTimestamp: Hashable, Comparable, Sendable {
    package var seconds: UInt32
    package var increment: UInt32

    package init(seconds: UInt32, increment: UInt32) {
        self.seconds = seconds
        self.increment = increment
    }

    package static func < (left: BSONTimestamp, right: BSONTimestamp) -> Bool {
        (left.seconds, left.increment) < (right.seconds, right.increment)
    }
}

/// The 16 bytes of an IEEE 754 decimal, carried and not computed with.
package struct BSONDecimal128: Hashable, Sendable {
    package var high: UInt64
    package var low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }
}
