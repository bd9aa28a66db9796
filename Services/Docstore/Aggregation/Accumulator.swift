import BSON

/// Gathers values into one: for `$group`, and for expressions such as `{$sum: "$array"}`.
protocol Accumulator {
    /// - Parameter memory: asked for what all values together take, by those that keep them.
    mutating func add(_ value: BSONValue?, _ memory: inout MemoryBudget) throws(CommandError)
    /// Nil for missing.
    var result: BSONValue? { get }
}

/// Every accumulator that docstore knows.
enum Accumulators {
    static let all: [String: @Sendable () -> any Accumulator] = [
        "$sum": { SumAccumulator(isAverage: false) },
        "$avg": { SumAccumulator(isAverage: true) },
        "$min": { ExtremeAccumulator(wantsLess: true) },
        "$max": { ExtremeAccumulator(wantsLess: false) },
        "$first": { EndAccumulator(isFirst: true) },
        "$last": { EndAccumulator(isFirst: false) },
        "$push": { ListAccumulator(isSet: false) },
        "$addToSet": { ListAccumulator(isSet: true) },
        "$mergeObjects": { MergeAccumulator() },
    ]
}

struct SumAccumulator: Accumulator {
    enum Width: Comparable { case int32, int64, double, decimal }

    let isAverage: Bool
    private(set) var binary = ExactSum()
    private(set) var decimal = Decimal.zero
    private(set) var width = Width.int32
    private(set) var count: Int64 = 0

    mutating func add(_ value: BSONValue?, _ memory: inout MemoryBudget) {
        switch value {
        case .int32(let number)?: binary.add(Int64(number))
        case .int64(let number)?:
            binary.add(number)
            width = max(width, .int64)
        case .double(let number)?:
            binary.add(number)
            width = max(width, .double)
        case .decimal128(let number)?:
            decimal = decimal + Decimal(number)
            width = .decimal
        default: return
        }
        count += 1
    }

    var result: BSONValue? {
        if isAverage {
            guard count > 0 else { return .null }
            guard width == .decimal else { return .double(binary.doubleValue / Double(count)) }
            return Number.decimal((decimal + binary.decimalValue) / Decimal(count)).value
        }
        return switch width {
        case .int32: binary.integerValue.map { Number.narrow($0).value } ?? .double(binary.doubleValue)
        case .int64: binary.integerValue.map(BSONValue.int64) ?? .double(binary.doubleValue)
        case .double: .double(binary.doubleValue)
        case .decimal: Number.decimal(decimal + binary.decimalValue).value
        }
    }
}

/// A sum of doubles that keeps what rounding would lose (Knuth).
struct ExactSum {
    private var sum = 0.0
    private var rest = 0.0
    /// Without the rest, which infinities spoil.
    private var plain = 0.0

    mutating func add(_ value: Double) {
        plain += value
        let total = sum + value
        let lost = total - sum
        rest += (sum - (total - lost)) + (value - lost)
        sum = total
    }

    /// In two halves, which doubles hold exactly.
    mutating func add(_ value: Int64) {
        let upper = value & ~0xffff_ffff
        add(Double(upper))
        add(Double(value - upper))
    }

    var doubleValue: Double { rest.isNaN ? plain : sum + rest }

    var decimalValue: Decimal {
        rest.isNaN ? Decimal(plain, digits: 34) : Decimal(sum, digits: 34) + Decimal(rest, digits: 34)
    }

    /// The sum as an integer, when it is one that fits.
    var integerValue: Int64? {
        guard let lower = Int64(exactly: rest) else { return nil }
        // The leading part may be just past the range, and the rest bring it back.
        if sum == 0x1p63, lower < 0 { return Int64.max + (lower + 1) }
        guard let total = Int64(exactly: sum)?.addingReportingOverflow(lower), !total.overflow else { return nil }
        return total.partialValue
    }
}

struct ExtremeAccumulator: Accumulator {
    let wantsLess: Bool
    private(set) var best: BSONValue?

    mutating func add(_ value: BSONValue?, _ memory: inout MemoryBudget) {
        guard !value.isNullish, let value else { return }
        guard let best else { return self.best = value }
        let order = MongoOrder.compare(value, best)
        if wantsLess ? order < 0 : order > 0 { self.best = value }
    }

    var result: BSONValue? { best ?? .null }
}

struct EndAccumulator: Accumulator {
    let isFirst: Bool
    private(set) var isEmpty = true
    private(set) var result: BSONValue?

    mutating func add(_ value: BSONValue?, _ memory: inout MemoryBudget) {
        if isEmpty || !isFirst { result = value }
        isEmpty = false
    }
}

struct ListAccumulator: Accumulator {
    let isSet: Bool
    private(set) var seen: Set<ValueKey> = []
    private(set) var values: [BSONValue] = []

    mutating func add(_ value: BSONValue?, _ memory: inout MemoryBudget) throws(CommandError) {
        guard let value, !isSet || seen.insert(ValueKey(value)).inserted else { return }
        try memory.take(value.approximateSize)
        values.append(value)
    }

    var result: BSONValue? { .array(values) }
}

struct MergeAccumulator: Accumulator {
    private var merged = BSONDocument()

    mutating func add(_ value: BSONValue?, _ memory: inout MemoryBudget) throws(CommandError) {
        if value.isNullish { return }
        let document = try Arguments(name: "$mergeObjects", values: [value]).document(else: 40400)
        for (key, value) in document.elements { merged[key] = value }
    }

    var result: BSONValue? { .document(merged) }
}
