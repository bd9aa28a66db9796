package import BSON

/// The order of all BSON values, as MongoDB sorts them: by kind, then within the kind.
package enum MongoOrder {
    /// Negative, zero or positive as `left` is before, equal to or after `right`.
    package static func compare(_ left: BSONValue, _ right: BSONValue) -> Int {
        let kind = left.orderRank - right.orderRank
        return kind != 0 ? kind : compareSameKind(left, right)
    }

    /// As `compare`; a missing value is equal to an undefined one.
    package static func compare(_ left: BSONValue?, _ right: BSONValue?) -> Int {
        compare(left ?? .undefined, right ?? .undefined)
    }

    package static func equal(_ left: BSONValue, _ right: BSONValue) -> Bool {
        compare(left, right) == 0
    }

    package static func compare(_ left: BSONDocument, _ right: BSONDocument) -> Int {
        var second = right.elements.makeIterator()
        for (key, value) in left.elements {
            guard let (otherKey, other) = second.next() else { return 1 }
            let kind = value.orderRank - other.orderRank
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

    /// Strings by their UTF-8 bytes.
    static func compare(_ left: String, _ right: String) -> Int {
        var second = right.utf8.makeIterator()
        for byte in left.utf8 {
            guard let other = second.next() else { return 1 }
            if byte != other { return byte < other ? -1 : 1 }
        }
        return second.next() == nil ? 0 : -1
    }

    private static func compare(_ left: some Collection<UInt8>, _ right: some Collection<UInt8>) -> Int {
        for (first, second) in zip(left, right) where first != second { return first < second ? -1 : 1 }
        return left.count - right.count
    }

    static func order<Value: Comparable>(_ left: Value, _ right: Value) -> Int {
        left < right ? -1 : left == right ? 0 : 1
    }

    private static func compareSameKind(_ left: BSONValue, _ right: BSONValue) -> Int {
        switch (left, right) {
        case (.int32(let first), .int32(let second)): return order(first, second)
        case (.document(let first), .document(let second)): return compare(first, second)
        case (.array(let first), .array(let second)): return compare(first, second)
        case (.objectID(let first), .objectID(let second)): return order(first, second)
        case (.bool(let first), .bool(let second)): return order(first ? 1 : 0, second ? 1 : 0)
        case (.date(let first), .date(let second)): return order(first, second)
        case (.timestamp(let first), .timestamp(let second)): return order(first, second)
        case (.binary(let first), .binary(let second)): return compare(first, second)
        case (.regex(let pattern, let options), .regex(let otherPattern, let otherOptions)):
            let order = compare(pattern, otherPattern)
            return order != 0 ? order : compare(options, otherOptions)
        case (.dbPointer(let namespace, let id), .dbPointer(let otherNamespace, let otherID)):
            let order = compare(namespace, otherNamespace)
            return order != 0 ? order : self.order(id, otherID)
        case (.javascript(let first), .javascript(let second)): return compare(first, second)
        case (.javascriptWithScope(let code, let scope), .javascriptWithScope(let otherCode, let otherScope)):
            let order = compare(code, otherCode)
            return order != 0 ? order : compare(scope, otherScope)
        default:
            if let first = left.textual, let second = right.textual { return compare(first, second) }
            if let first = Number(left), let second = Number(right) { return Number.compare(first, second) }
            return 0
        }
    }

    /// Binary data: by length, then subtype, then bytes.
    private static func compare(_ left: BSONBinary, _ right: BSONBinary) -> Int {
        if left.bytes.count != right.bytes.count { return left.bytes.count - right.bytes.count }
        if left.subtype != right.subtype { return Int(left.subtype) - Int(right.subtype) }
        return compare(left.bytes, right.bytes)
    }
}

extension BSONValue {
    /// The place of the value's kind among all kinds; kinds with the same rank compare with each other.
    package var orderRank: Int {
        switch self {
        case .minKey: -1
        case .undefined: 0
        case .null: 5
        case .double, .int32, .int64, .decimal128: 10
        case .string, .symbol: 15
        case .document: 20
        case .array: 25
        case .binary: 30
        case .objectID: 35
        case .bool: 40
        case .date: 45
        case .timestamp: 47
        case .regex: 50
        case .dbPointer: 55
        case .javascript: 60
        case .javascriptWithScope: 65
        case .maxKey: 127
        }
    }

    /// The text of a string or a symbol.
    var textual: String? {
        switch self {
        case .string(let text), .symbol(let text): text
        default: nil
        }
    }
}
