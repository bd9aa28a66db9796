import BSON

/// A range of values of one field, in terms of their encoded bytes: each end is a prefix, included or not.
struct ValueRange: Equatable {
    struct Bound: Equatable {
        var prefix: [UInt8]
        var isIncluded: Bool
    }

    var lower: Bound?
    var upper: Bound?

    static let all = ValueRange(lower: nil, upper: nil)

    /// Everything that begins with `prefix`: one value, one kind of value, or strings with a beginning.
    static func under(_ prefix: [UInt8]) -> ValueRange {
        ValueRange(lower: Bound(prefix: prefix, isIncluded: true), upper: Bound(prefix: prefix, isIncluded: true))
    }

    static func value(_ value: BSONValue) -> ValueRange { .under(KeyEncoder.encode(value)) }

    /// Whether only one key lies in it.
    var isPoint: Bool { lower != nil && lower == upper && (lower?.prefix.count ?? 0) > 0 && !isKind }
    private var isKind: Bool { lower?.prefix.count == 1 && !Self.wholeValues.contains(lower?.prefix.first ?? 0) }

    /// Kinds of which there is one value only.
    private static let wholeValues: Set<UInt8> = [
        KeyEncoder.TypeByte.minKey, KeyEncoder.TypeByte.undefined, KeyEncoder.TypeByte.null,
        KeyEncoder.TypeByte.maxKey,
    ]

    /// The bytes of keys from here on, and up to there, as they stand in an index of this direction.
    func bytes(descending: Bool) -> (lower: [UInt8], upper: [UInt8]) {
        descending
            ? (Self.start(upper, inverted: true), Self.end(lower, inverted: true))
            : (Self.start(lower, inverted: false), Self.end(upper, inverted: false))
    }

    private static func start(_ bound: Bound?, inverted: Bool) -> [UInt8] {
        guard let bound else { return [] }
        let prefix = inverted ? bound.prefix.map { ~$0 } : bound.prefix
        return bound.isIncluded ? prefix : KeyRange.after(prefix)
    }

    private static func end(_ bound: Bound?, inverted: Bool) -> [UInt8] {
        guard let bound else { return [0xFF] }
        let prefix = inverted ? bound.prefix.map { ~$0 } : bound.prefix
        return bound.isIncluded ? KeyRange.after(prefix) : prefix
    }

    /// What lies in both; nil when nothing can.
    func intersection(_ other: ValueRange) -> ValueRange? {
        let mine = bytes(descending: false)
        let theirs = other.bytes(descending: false)
        var result = self
        if mine.lower.lexicographicallyPrecedes(theirs.lower) { result.lower = other.lower }
        if theirs.upper.lexicographicallyPrecedes(mine.upper) { result.upper = other.upper }
        let both = result.bytes(descending: false)
        return both.lower.lexicographicallyPrecedes(both.upper) ? result : nil
    }
}

extension IndexablePredicate {
    /// Ranges, in order, that hold the key of every value that fulfils this; nil when an index cannot narrow it.
    var ranges: [ValueRange]? {
        switch self {
        case .equal(let value): return Self.ranges(of: [value])
        case .anyOf(let values): return Self.ranges(of: values)
        case .less(let value, let orEqual): return Self.comparison(value, orEqual: orEqual, upper: true)
        case .greater(let value, let orEqual): return Self.comparison(value, orEqual: orEqual, upper: false)
        case .exists: return nil
        case .prefix(let text):
            let strings = ValueRange.under(KeyEncoder.prefix(ofStringsBeginning: text))
            return [strings, .under([KeyEncoder.TypeByte.regex])]
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

    private static func ranges(of values: [BSONValue]) -> [ValueRange]? {
        var points: [[UInt8]] = []
        for value in values {
            switch value {
            case .array, .regex: return nil
            case .null, .undefined: points += [KeyEncoder.encode(.undefined), KeyEncoder.encode(.null)]
            default: points.append(KeyEncoder.encode(value))
            }
        }
        points.sort { $0.lexicographicallyPrecedes($1) }
        var last: [UInt8]?
        return points.compactMap { point in
            defer { last = point }
            return point == last ? nil : ValueRange.under(point)
        }
    }

    private static func comparison(_ value: BSONValue, orEqual: Bool, upper: Bool) -> [ValueRange]? {
        switch value {
        case .array, .minKey, .maxKey, .regex: return nil
        case .null, .undefined: return orEqual ? ranges(of: [.null]) : nil
        default: break
        }
        let bound = ValueRange.Bound(prefix: KeyEncoder.encode(value), isIncluded: orEqual)
        let kind = ValueRange.Bound(prefix: [KeyEncoder.typeByte(value)], isIncluded: true)
        return [upper ? ValueRange(lower: kind, upper: bound) : ValueRange(lower: bound, upper: kind)]
    }
}

extension BSONValue {
    fileprivate var countsAsMissing: Bool { self == .null || self == .undefined }
}
