import BSON

/// Gathers values into one: for `$group`, and for expressions such as `{$sum: "$array"}`.
protocol Accumulator {
    /// - Parameter memory: asked for what all values together take, by those that keep them.
    mutating func add(_ value: BSONValue?, _ memory: inout MemoryBudget) throws
    var result: BSONValue { get }
}

enum Accumulators {
    static let all: [String: @Sendable () -> any Accumulator] = [
        "$sum": { SumAccumulator(isAverage: false) },
        "$avg": { SumAccumulator(isAverage: true) },
        "$min": { ChoiceAccumulator { !$0.isNullish && ($1 == nil || MongoOrder.compare($0, $1) < 0) } },
        "$max": { ChoiceAccumulator { !$0.isNullish && ($1 == nil || MongoOrder.compare($0, $1) > 0) } },
        "$first": { ChoiceAccumulator { _, old in old == nil } },
        "$last": { ChoiceAccumulator { _, _ in true } },
        "$push": { ListAccumulator(isSet: false) },
        "$addToSet": { ListAccumulator(isSet: true) },
        "$mergeObjects": { MergeAccumulator() },
    ]
}

struct SumAccumulator: Accumulator {
    let isAverage: Bool
    private(set) var binary = ExactSum()
    private(set) var decimal = Decimal.zero
    private(set) var types: TypeSet = []
    private(set) var count: Int64 = 0

    mutating func add(_ value: BSONValue?, _ memory: inout MemoryBudget) {
        guard let value, let number = value.number else { return }
        switch number {
        case .int32(let number): binary.add(Int64(number))
        case .int64(let number): binary.add(number)
        case .double(let number): binary.add(number)
        case .decimal(let number): decimal = decimal + number
        }
        types.insert(value.type)
        count += 1
    }

    private var total: Number {
        if types.contains(.decimal128) { return .decimal(decimal + binary.decimalValue) }
        guard !types.contains(.double), let integer = binary.integerValue else { return .double(binary.doubleValue) }
        return types.contains(.int64) ? .int64(integer) : .narrow(integer)
    }

    var result: BSONValue {
        guard isAverage else { return total.value }
        if count == 0 { return .null }
        if case .decimal(let sum) = total { return (sum / Decimal(count)).value }
        return .double(binary.doubleValue / Double(count))
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

    var integerValue: Int64? {
        guard let lower = Int64(exactly: rest) else { return nil }
        // The leading part may be just past the range, and the rest bring it back.
        if sum == 0x1p63, lower < 0 { return Int64.max + (lower + 1) }
        guard let total = Int64(exactly: sum)?.addingReportingOverflow(lower), !total.overflow else { return nil }
        return total.partialValue
    }
}

/// One of the values: the last that is better than the one chosen before it.
struct ChoiceAccumulator: Accumulator {
    let isBetter: @Sendable (_ new: BSONValue?, _ old: BSONValue?) -> Bool
    private var chosen: BSONValue?

    init(_ isBetter: @escaping @Sendable (BSONValue?, BSONValue?) -> Bool) { self.isBetter = isBetter }

    /// A missing value counts as null.
    mutating func add(_ value: BSONValue?, _ memory: inout MemoryBudget) {
        if isBetter(value, chosen) { chosen = value ?? .null }
    }

    var result: BSONValue { chosen ?? .null }
}

struct ListAccumulator: Accumulator {
    let isSet: Bool
    private(set) var seen: Set<ValueKey> = []
    private(set) var values: [BSONValue] = []

    mutating func add(_ value: BSONValue?, _ memory: inout MemoryBudget) throws {
        guard let value, !isSet || seen.insert(ValueKey(value)).inserted else { return }
        try memory.take(value.approximateSize)
        values.append(value)
    }

    var result: BSONValue { .array(values) }
}

struct MergeAccumulator: Accumulator {
    private var merged = BSONDocument()

    mutating func add(_ value: BSONValue?, _ memory: inout MemoryBudget) throws {
        if value.isNullish { return }
        let document = try Arguments(name: "$mergeObjects", values: [value]).document(else: 40400)
        for (key, value) in document.elements { merged[key] = value }
    }

    var result: BSONValue { .document(merged) }
}
