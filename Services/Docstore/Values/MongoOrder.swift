import BSON

/// The order of all BSON values, as MongoDB sorts them: by kind, then within the kind.
enum MongoOrder {
    /// Negative, zero or positive as `left` is before, equal to or after `right`.
    static func compare(_ left: BSONValue, _ right: BSONValue) -> Int {
        let kind = Int(left.orderRank) - Int(right.orderRank)
        return kind != 0 ? kind : compareSameKind(left, right)
    }

    /// A missing value is equal to an undefined one.
    static func compare(_ left: BSONValue?, _ right: BSONValue?) -> Int {
        compare(left ?? .undefined, right ?? .undefined)
    }

    static func equal(_ left: BSONValue, _ right: BSONValue) -> Bool { compare(left, right) == 0 }

    static func compare(_ left: BSONDocument, _ right: BSONDocument) -> Int {
        var second = right.elements.makeIterator()
        for (key, value) in left.elements {
            guard let (otherKey, other) = second.next() else { return 1 }
            let kind = Int(value.orderRank) - Int(other.orderRank)
            if kind != 0 { return kind }
            let name = compare(key, otherKey)
            if name != 0 { return name }
            let order = compareSameKind(value, other)
            if order != 0 { return order }
        }
        return second.next() == nil ? 0 : -1
    }

    static func compare(_ left: [BSONValue], _ right: [BSONValue]) -> Int {
        for (first, second) in zip(left, right) {
            let order = compare(first, second)
            if order != 0 { return order }
        }
        return left.count - right.count
    }

    static func compare(_ left: String, _ right: String) -> Int {
        var second = right.utf8.makeIterator()
        for byte in left.utf8 {
            guard let other = second.next() else { return 1 }
            if byte != other { return byte < other ? -1 : 1 }
        }
        return second.next() == nil ? 0 : -1
    }

    static func order<Value: Comparable>(_ left: Value, _ right: Value) -> Int {
        left < right ? -1 : left == right ? 0 : 1
    }

    private static func compareSameKind(_ left: BSONValue, _ right: BSONValue) -> Int {
        switch (left, right) {
        case (.int32(let first), .int32(let second)): return order(first, second)
        case (.string(let first), .string(let second)): return compare(first, second)
        case (.document(let first), .document(let second)): return compare(first, second)
        case (.array(let first), .array(let second)): return compare(first, second)
        case (.objectID(let first), .objectID(let second)): return order(first, second)
        case (.bool(let first), .bool(let second)): return order(first ? 1 : 0, second ? 1 : 0)
        case (.date(let first), .date(let second)): return order(first, second)
        case (.timestamp(let first), .timestamp(let second)): return order(first, second)
        case (.null, _), (.undefined, _), (.minKey, _), (.maxKey, _): return 0
        case (.binary(let first), .binary(let second)) where first == second: return 0
        default:
            if let first = Number(left), let second = Number(right) { return Number.compare(first, second) }
            // Kinds that are seldom compared: by the bytes that indexes hold for them.
            return compare(KeyEncoder.encode(left), KeyEncoder.encode(right))
        }
    }

    private static func compare(_ left: [UInt8], _ right: [UInt8]) -> Int {
        for (first, second) in zip(left, right) where first != second { return first < second ? -1 : 1 }
        return left.count - right.count
    }
}

extension BSONValue {
    /// The place of the value's kind among all kinds, with which its key in an index begins. Kinds of one place compare
    /// with each other.
    var orderRank: UInt8 {
        switch self {
        case .minKey: 0x04
        case .undefined: 0x06
        case .null: 0x08
        case .double, .int32, .int64, .decimal128: 0x10
        case .string, .symbol: 0x18
        case .document: 0x20
        case .array: 0x28
        case .binary: 0x30
        case .objectID: 0x38
        case .bool: 0x40
        case .date: 0x48
        case .timestamp: 0x50
        case .regex: 0x58
        case .dbPointer: 0x60
        case .javascript: 0x68
        case .javascriptWithScope: 0x70
        case .maxKey: 0xF0
        }
    }
}

/// A value as a key of sets and dictionaries: equal as MongoDB compares, so that `1`, `1.0` and decimal 1 are one key.
struct ValueKey: Hashable {
    /// As indexes encode it: equal values give equal bytes. Nothing for a missing value.
    private let bytes: [UInt8]

    init(_ value: BSONValue?) { bytes = value.map { KeyEncoder.encode($0) } ?? [] }

    func hash(into hasher: inout Hasher) { bytes.withUnsafeBytes { hasher.combine(bytes: $0) } }
}
