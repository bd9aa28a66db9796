struct Namespace: Hashable, CustomStringConvertible {
    let database: String
    let collection: String

    var description: String { "\(database).\(collection)" }
}

/// Where a document lives: its collection's number and its own, which grows with every insertion (natural order).
struct RecordID: Hashable, Comparable {
    let raw: Int64

    private static let sequenceBits: Int64 = 40

    init(raw: Int64) { self.raw = raw }
    init(collection: Int, sequence: Int64) { raw = Int64(collection) << Self.sequenceBits | sequence }

    var collection: Int { Int(raw >> Self.sequenceBits) }
    var sequence: Int64 { raw & (1 << Self.sequenceBits - 1) }

    /// Below and above every record of a collection; both exclusive.
    static func bounds(of collection: Int) -> (lower: RecordID, upper: RecordID) {
        (RecordID(collection: collection, sequence: 0), RecordID(collection: collection + 1, sequence: 0))
    }

    static func < (left: RecordID, right: RecordID) -> Bool { left.raw < right.raw }

    var bytes: [UInt8] { withUnsafeBytes(of: raw.bigEndian) { [UInt8]($0) } }
}
