import BSON

/// One of BSON's four number types, with the arithmetic that MongoDB does between them.
enum Number: Sendable {
    case int32(Int32)
    case int64(Int64)
    case double(Double)
    case decimal(Decimal)

    init?(_ value: BSONValue) {
        switch value {
        case .int32(let number): self = .int32(number)
        case .int64(let number): self = .int64(number)
        case .double(let number): self = .double(number)
        case .decimal128(let number): self = .decimal(Decimal(number))
        default: return nil
        }
    }

    static func narrow(_ value: Int64) -> Number { Int32(exactly: value).map(Number.int32) ?? .int64(value) }

    var value: BSONValue {
        switch self {
        case .int32(let number): .int32(number)
        case .int64(let number): .int64(number)
        case .double(let number): .double(number)
        case .decimal(let number): .decimal128(number.encoded)
        }
    }

    var isInteger: Bool { integer != nil }
    var isDecimal: Bool { if case .decimal = self { true } else { false } }
    var isNaN: Bool { !isInteger && doubleValue.isNaN }
    var isZero: Bool { if case .decimal(let number) = self { number.isZero } else { doubleValue == 0 } }

    private var integer: Int64? {
        switch self {
        case .int32(let number): Int64(number)
        case .int64(let number): number
        default: nil
        }
    }

    var doubleValue: Double {
        switch self {
        case .int32(let number): Double(number)
        case .int64(let number): Double(number)
        case .double(let number): number
        case .decimal(let number): number.doubleValue
        }
    }

    /// As MongoDB converts: a double keeps 15 digits. To compare, it keeps all.
    var decimalValue: Decimal { decimal(digits: 15) }

    private func decimal(digits: Int = Decimal.maximumDigits) -> Decimal {
        switch self {
        case .int32(let number): Decimal(Int64(number))
        case .int64(let number): Decimal(number)
        case .double(let number): Decimal(number, digits: digits)
        case .decimal(let number): number
        }
    }

    /// Of a whole number that fits.
    var exactInt64: Int64? {
        switch self {
        case .double(let number): Int64(exactly: number)
        case .decimal(let number): number.exactInt64
        case .int32, .int64: integer
        }
    }

    var exactInt32: Int32? { exactInt64.flatMap(Int32.init(exactly:)) }

    var truncatedInt64: Int64? {
        switch self {
        case .double(let number): Int64(exactly: number.rounded(.towardZero))
        case .decimal(let number): number.truncatedInt64
        case .int32, .int64: integer
        }
    }

    /// The integer part, held to the range of the type; zero for NaN.
    var clampedInt64: Int64 { truncatedInt64 ?? (isNaN ? 0 : doubleValue < 0 ? .min : .max) }

    /// Numeric order across the types: NaN equals NaN and is below everything else.
    static func compare(_ left: Number, _ right: Number) -> Int {
        if let first = left.integer, let second = right.integer { return MongoOrder.order(first, second) }
        guard let first = left.exactDouble, let second = right.exactDouble else {
            return Decimal.compare(left.decimal(), right.decimal())
        }
        if first.isNaN || second.isNaN { return first.isNaN ? (second.isNaN ? 0 : -1) : 1 }
        return MongoOrder.order(first, second)
    }

    /// The double of this value, if it has one of its own; decimals are left to their own arithmetic.
    private var exactDouble: Double? {
        switch self {
        case .int64(let number): Double(exactly: number)
        case .decimal: nil
        case .int32, .double: doubleValue
        }
    }
}

/// Integers go on in doubles past their range.
extension Number {
    static func + (left: Number, right: Number) -> Number {
        combine(left, right, { $0.addingReportingOverflow($1) }, +, +)
    }

    static func - (left: Number, right: Number) -> Number {
        combine(left, right, { $0.subtractingReportingOverflow($1) }, -, -)
    }

    static func * (left: Number, right: Number) -> Number {
        combine(left, right, { $0.multipliedReportingOverflow(by: $1) }, *, *)
    }

    private static func combine(
        _ left: Number, _ right: Number, _ integers: (Int64, Int64) -> (partialValue: Int64, overflow: Bool),
        _ doubles: (Double, Double) -> Double, _ decimals: (Decimal, Decimal) -> Decimal
    ) -> Number {
        if left.isDecimal || right.isDecimal { return .decimal(decimals(left.decimalValue, right.decimalValue)) }
        guard let first = left.integer, let second = right.integer, case let result = integers(first, second),
            !result.overflow
        else { return .double(doubles(left.doubleValue, right.doubleValue)) }
        if case (.int32, .int32) = (left, right) { return narrow(result.partialValue) }
        return .int64(result.partialValue)
    }
}
