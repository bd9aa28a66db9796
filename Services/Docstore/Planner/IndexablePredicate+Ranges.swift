import BSON

extension IndexablePredicate {
    /// Ranges of keys, in order, that hold every value that fulfils this; nil when an index cannot narrow it.
    var ranges: [KeyRange]? {
        switch self {
        case .equal(let value): return Self.points([value])
        case .anyOf(let values): return Self.points(values)
        case .beside(let value, let isLess, let orEqual): return Self.range(value, isLess: isLess, orEqual: orEqual)
        case .exists: return nil
        case .prefix(let text):
            let patterns = BSONValue.regex(pattern: "", options: "").orderRank
            return [KeyRange(prefix: KeyEncoder.prefix(ofStringsBeginning: text)), KeyRange(prefix: [patterns])]
        }
    }

    /// Whether a document without the field can fulfil it.
    var admitsMissing: Bool {
        switch self {
        case .equal(let value): value.countsAsMissing
        case .anyOf(let values): values.contains { $0.countsAsMissing }
        case .beside(let value, _, let orEqual):
            (orEqual && value.countsAsMissing) || value == .minKey || value == .maxKey
        case .exists, .prefix: false
        }
    }

    /// Whether a value that fulfils this is certain to fulfil `other`.
    func implies(_ other: IndexablePredicate) -> Bool {
        if case .exists = other { return !admitsMissing }
        guard let mine = ranges, let wanted = other.ranges, !mine.isEmpty else { return false }
        return mine.allSatisfy { range in wanted.contains { range.intersection($0) == range } }
    }

    private static func points(_ values: [BSONValue]) -> [KeyRange]? {
        var keys: Set<[UInt8]> = []
        for value in values {
            switch value {
            case .array, .regex: return nil
            case .null, .undefined: keys.formUnion([KeyEncoder.encode(.undefined), KeyEncoder.encode(.null)])
            default: keys.insert(KeyEncoder.encode(value))
            }
        }
        return keys.sorted { $0.lexicographicallyPrecedes($1) }.map { KeyRange(prefix: $0, isPoint: true) }
    }

    private static func range(_ value: BSONValue, isLess: Bool, orEqual: Bool) -> [KeyRange]? {
        switch value {
        case .array, .minKey, .maxKey, .regex: return nil
        case .null, .undefined: return orEqual ? points([.null]) : nil
        default: break
        }
        var range = KeyRange(prefix: [value.orderRank])
        let key = KeyEncoder.encode(value)
        let bound = orEqual == isLess ? KeyRange.after(key) : key
        if isLess { range.upper = bound } else { range.lower = bound }
        return [range]
    }
}

extension BSONValue {
    fileprivate var countsAsMissing: Bool { self == .null || self == .undefined }
}
