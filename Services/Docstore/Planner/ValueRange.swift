import BSON

/// Values of one field that lie together in an index.
struct ValueRange: Equatable {
    let keys: KeyRange
    /// Whether it is one value only.
    var isPoint = false

    static func point(_ key: [UInt8]) -> ValueRange { ValueRange(keys: KeyRange(prefix: key), isPoint: true) }
    static func kind(of value: BSONValue) -> ValueRange {
        ValueRange(keys: KeyRange(prefix: [value.orderRank]))
    }

    /// What lies in both; nil when nothing can.
    func intersection(_ other: ValueRange) -> ValueRange? {
        let both = ValueRange(keys: keys.intersection(other.keys), isPoint: isPoint || other.isPoint)
        return both.keys.isEmpty ? nil : both
    }
}

extension IndexablePredicate {
    /// Ranges, in order, that hold the key of every value that fulfils this; nil when an index cannot narrow it.
    var ranges: [ValueRange]? {
        switch self {
        case .equal(let value): return Self.points([value])
        case .anyOf(let values): return Self.points(values)
        case .less(let value, let orEqual): return Self.comparison(value, orEqual: orEqual, isLess: true)
        case .greater(let value, let orEqual): return Self.comparison(value, orEqual: orEqual, isLess: false)
        case .exists: return nil
        case .prefix(let text):
            let strings = KeyRange(prefix: KeyEncoder.prefix(ofStringsBeginning: text))
            return [ValueRange(keys: strings), .kind(of: .regex(pattern: "", options: ""))]
        }
    }

    /// Whether a document without the field can fulfil it.
    var admitsMissing: Bool {
        switch self {
        case .equal(let value): value.countsAsMissing
        case .anyOf(let values): values.contains { $0.countsAsMissing }
        case .less(let value, let orEqual), .greater(let value, let orEqual):
            (orEqual && value.countsAsMissing) || value == .minKey || value == .maxKey
        case .exists, .prefix: false
        }
    }

    /// Whether a value that fulfils this is certain to fulfil `other`.
    func implies(_ other: IndexablePredicate) -> Bool {
        if case .exists = other { return !admitsMissing }
        guard let mine = ranges, let wanted = other.ranges, !mine.isEmpty else { return false }
        return mine.allSatisfy { range in
            wanted.contains { range.keys.intersection($0.keys) == range.keys }
        }
    }

    private static func points(_ values: [BSONValue]) -> [ValueRange]? {
        var keys: Set<[UInt8]> = []
        for value in values {
            switch value {
            case .array, .regex: return nil
            case .null, .undefined: keys.formUnion([KeyEncoder.encode(.undefined), KeyEncoder.encode(.null)])
            default: keys.insert(KeyEncoder.encode(value))
            }
        }
        return keys.sorted { $0.lexicographicallyPrecedes($1) }.map { .point($0) }
    }

    private static func comparison(_ value: BSONValue, orEqual: Bool, isLess: Bool) -> [ValueRange]? {
        switch value {
        case .array, .minKey, .maxKey, .regex: return nil
        case .null, .undefined: return orEqual ? points([.null]) : nil
        default: break
        }
        let kind = ValueRange.kind(of: value).keys
        let key = KeyEncoder.encode(value)
        let bound = orEqual == isLess ? KeyRange.after(key) : key
        return [
            ValueRange(
                keys: isLess
                    ? KeyRange(lower: kind.lower, upper: bound) : KeyRange(lower: bound, upper: kind.upper))
        ]
    }
}

extension BSONValue {
    fileprivate var countsAsMissing: Bool { self == .null || self == .undefined }
}
