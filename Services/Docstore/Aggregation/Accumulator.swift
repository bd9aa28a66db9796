import BSON

/// Gathers values into one: for `$group`, and for expressions such as `{$sum: "$array"}`.
protocol Accumulator {
    mutating func add(_ value: BSONValue?) throws(CommandError)
    /// Nil for missing.
    var result: BSONValue? { get }
}

/// Every accumulator that docstore knows.
enum Accumulators {
    static let all: [String: @Sendable () -> any Accumulator] = [
        "$sum": { SumAccumulator() },
        "$avg": { AverageAccumulator() },
        "$min": { ExtremeAccumulator(wantsLess: true) },
        "$max": { ExtremeAccumulator(wantsLess: false) },
        "$first": { FirstAccumulator() },
        "$last": { LastAccumulator() },
        "$push": { PushAccumulator() },
        "$addToSet": { SetAccumulator() },
        "$mergeObjects": { MergeAccumulator() },
        "$stdDevPop": { DeviationAccumulator(isSample: false) },
        "$stdDevSamp": { DeviationAccumulator(isSample: true) },
    ]
}

/// A sum of doubles that keeps what rounding would lose.
struct ExactSum {
    private var sum = 0.0
    private var rest = 0.0
    private var special = 0.0

    mutating func add(_ value: Double) {
        // What is not finite is kept apart, for it would spoil the rest.
        special += value
        guard value.isFinite else { return }
        let total = sum + value
        let lost = total - sum
        rest += (sum - (total - lost)) + (value - lost)
        sum = total
    }

    mutating func add(_ value: Int64) {
        let upper = value & ~0xffff_ffff
        add(Double(upper))
        add(Double(value - upper))
    }

    var doubleValue: Double {
        special.isFinite
            ? sum + rest : (special.isNaN || special.isInfinite) && sum.isFinite && !special.isFinite ? special : sum
    }

    var decimalValue: Decimal {
        guard special.isFinite else { return Decimal(doubleValue, digits: 34) }
        return Decimal(sum, digits: 34) + Decimal(rest, digits: 34)
    }

    /// The sum as an integer, when it is one that fits.
    var integerValue: Int64? {
        guard let upper = Int64(exactly: sum), let lower = Int64(exactly: rest) else {
            // The leading part may be just past the range, and the rest bring it back.
            guard sum == 0x1p63, rest < 0, let lower = Int64(exactly: rest) else { return nil }
            return Int64.max + (lower + 1)
        }
        let total = upper.addingReportingOverflow(lower)
        return total.overflow ? nil : total.partialValue
    }
}

struct SumAccumulator: Accumulator {
    private enum Width: Int { case int32, int64, double, decimal }

    private var binary = ExactSum()
    private var decimal = Decimal.zero
    private var width = Width.int32

    mutating func add(_ value: BSONValue?) {
        switch value {
        case .int32(let number)?:
            binary.add(Int64(number))
        case .int64(let number)?:
            widen(.int64)
            binary.add(number)
        case .double(let number)?:
            widen(.double)
            binary.add(number)
        case .decimal128(let number)?:
            widen(.decimal)
            decimal = decimal + Decimal(number)
        default: break
        }
    }

    private mutating func widen(_ other: Width) {
        if other.rawValue > width.rawValue { width = other }
    }

    var result: BSONValue? {
        switch width {
        case .int32: binary.integerValue.map { Number.narrow($0).value } ?? .double(binary.doubleValue)
        case .int64: binary.integerValue.map(BSONValue.int64) ?? .double(binary.doubleValue)
        case .double: .double(binary.doubleValue)
        case .decimal: Number.decimal(decimal + binary.decimalValue).value
        }
    }
}

struct AverageAccumulator: Accumulator {
    private var binary = ExactSum()
    private var decimal = Decimal.zero
    private var isDecimal = false
    private var count: Int64 = 0

    mutating func add(_ value: BSONValue?) {
        switch value {
        case .int32(let number)?: binary.add(Int64(number))
        case .int64(let number)?: binary.add(number)
        case .double(let number)?: binary.add(number)
        case .decimal128(let number)?:
            isDecimal = true
            decimal = decimal + Decimal(number)
        default: return
        }
        count += 1
    }

    var result: BSONValue? {
        guard count > 0 else { return .null }
        guard isDecimal else { return .double(binary.doubleValue / Double(count)) }
        return Number.decimal((decimal + binary.decimalValue) / Decimal(count)).value
    }
}

struct ExtremeAccumulator: Accumulator {
    var wantsLess: Bool
    private var best: BSONValue?

    init(wantsLess: Bool) {
        self.wantsLess = wantsLess
    }

    mutating func add(_ value: BSONValue?) {
        guard !value.isNullish, let value else { return }
        guard let best else {
            self.best = value
            return
        }
        let order = MongoOrder.compare(value, best)
        if wantsLess ? order < 0 : order > 0 { self.best = value }
    }

    var result: BSONValue? { best ?? .null }
}

struct FirstAccumulator: Accumulator {
    private var value: BSONValue??

    mutating func add(_ value: BSONValue?) {
        if self.value == nil { self.value = .some(value) }
    }

    var result: BSONValue? { value ?? .none }
}

struct LastAccumulator: Accumulator {
    private(set) var result: BSONValue?

    mutating func add(_ value: BSONValue?) { result = value }
}

struct PushAccumulator: Accumulator {
    private var values: [BSONValue] = []

    mutating func add(_ value: BSONValue?) {
        if let value { values.append(value) }
    }

    var result: BSONValue? { .array(values) }
}

struct SetAccumulator: Accumulator {
    private var keys: Set<ValueKey> = []
    private var values: [BSONValue] = []

    mutating func add(_ value: BSONValue?) {
        guard let value, keys.insert(ValueKey(value)).inserted else { return }
        values.append(value)
    }

    var result: BSONValue? { .array(values) }
}

struct MergeAccumulator: Accumulator {
    private var merged = BSONDocument()

    mutating func add(_ value: BSONValue?) throws(CommandError) {
        if value.isNullish { return }
        guard case .document(let document)? = value else {
            throw CommandError(
                code: 40400,
                "$mergeObjects requires object inputs, but input \(value.map { "\($0)" } ?? "") is of type "
                    + value.typeName)
        }
        for (key, value) in document.elements { merged[key] = value }
    }

    var result: BSONValue? { .document(merged) }
}

/// Welford's method, as MongoDB has it.
struct DeviationAccumulator: Accumulator {
    var isSample: Bool
    private var count = 0
    private var mean = 0.0
    private var squares = 0.0

    init(isSample: Bool) {
        self.isSample = isSample
    }

    mutating func add(_ value: BSONValue?) {
        guard let number = value.flatMap(Number.init)?.doubleValue else { return }
        count += 1
        let delta = number - mean
        mean += delta / Double(count)
        squares += delta * (number - mean)
    }

    var result: BSONValue? {
        let divisor = isSample ? count - 1 : count
        guard divisor > 0 else { return .null }
        return .double((squares / Double(divisor)).squareRoot())
    }
}
