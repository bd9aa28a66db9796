/// Where a document lives: its collection's number and its own, which grows with every insertion (natural order).
struct RecordID: Hashable, Comparable {
    let raw: Int64

    private static let sequenceBits: Int64 = 40

    init(raw: Int64) { self.raw = raw }

    init(collection: Int, sequence: Int64) {
        raw = Int64(collection) << Self.sequenceBits | sequence
    }

    var collection: Int { Int(raw >> Self.sequenceBits) }
    var sequence: Int64 { raw & (1 << Self.sequenceBits - 1) }

    /// Below and above every record of a collection; both exclusive.
    static func bounds(of collection: Int) -> (lower: RecordID, upper: RecordID) {
        (RecordID(collection: collection, sequence: 0), RecordID(collection: collection + 1, sequence: 0))
    }

    static func < (left: RecordID, right: RecordID) -> Bool { left.raw < right.raw }

    /// Eight bytes whose order is that of the records.
    var bytes: [UInt8] { withUnsafeBytes(of: raw.bigEndian) { [UInt8]($0) } }
}

/// Index keys from `lower` up to, not including, `upper`.
struct KeyRange: Equatable {
    var lower: [UInt8]
    var upper: [UInt8]

    /// Every key that begins with `prefix`.
    init(prefix: [UInt8]) {
        lower = prefix
        upper = KeyRange.after(prefix)
    }

    init(lower: [UInt8], upper: [UInt8]) {
        self.lower = lower
        self.upper = upper
    }

    /// The least key that is greater than all that begin with `prefix`.
    static func after(_ prefix: [UInt8]) -> [UInt8] {
        var key = prefix
        while let last = key.last {
            if last < 0xFF {
                key[key.count - 1] = last + 1
                return key
            }
            key.removeLast()
        }
        return [0xFF, 0xFF, 0xFF, 0xFF, 0xFF]
    }

    var isEmpty: Bool { !lower.lexicographicallyPrecedes(upper) }
}
