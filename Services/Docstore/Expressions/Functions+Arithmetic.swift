import BSON
import Glibc

extension ExpressionFunction {
    static let arithmetic: [ExpressionFunction] = [
        .init("$add", any) { values throws(CommandError) in try add(values) },
        .init("$subtract", 2) { values throws(CommandError) in try subtract(values[0], values[1]) },
        .init("$multiply", any) { values throws(CommandError) in try multiply(values) },
        .init("$divide", 2) { values throws(CommandError) in try divide(values[0], values[1]) },
        .init("$mod", 2) { values throws(CommandError) in try modulo(values[0], values[1]) },
        .init("$pow", 2) { values throws(CommandError) in try power(values[0], values[1]) },
        .init("$log", 2) { values throws(CommandError) in try logarithm(values[0], values[1]) },
        unary("$abs") { number throws(CommandError) in try magnitude(number) },
        unary("$sqrt") { number throws(CommandError) in
            if case .decimal(let value) = number {
                guard !value.isNegative || value.isZero else { throw negativeRoot }
                return .decimal(value.squareRoot)
            }
            guard number.doubleValue >= 0 || number.isNaN else { throw negativeRoot }
            return .double(number.doubleValue.squareRoot())
        },
        unary("$exp") { number throws(CommandError) in try transcendental("$exp", number, exp) },
        unary("$ln") { number throws(CommandError) in
            guard number.doubleValue > 0 || number.isNaN else {
                throw CommandError(
                    code: 28766, "$ln's argument must be a positive number, but is \(number.doubleValue)")
            }
            return try transcendental("$ln", number, log)
        },
        unary("$log10") { number throws(CommandError) in
            guard number.doubleValue > 0 || number.isNaN else {
                throw CommandError(
                    code: 28761, "$log10's argument must be a positive number, but is \(number.doubleValue)")
            }
            return try transcendental("$log10", number, log10)
        },
    ]

    /// A function of one number: null of null, an error for anything that is no number.
    static func unary(
        _ name: String, _ body: @escaping @Sendable (Number) throws(CommandError) -> Number
    ) -> ExpressionFunction {
        ExpressionFunction(name, 1) { values throws(CommandError) in
            if values[0].isNullish { return .null }
            guard let number = values[0].flatMap(Number.init) else {
                throw CommandError(code: 28765, "\(name) only supports numeric types, not \(values[0].typeName)")
            }
            return try body(number).value
        }
    }

    private static let negativeRoot = CommandError(
        code: 28714, "$sqrt's argument must be greater than or equal to 0")

    private static func add(_ values: [BSONValue?]) throws(CommandError) -> BSONValue? {
        var total = Number.int32(0)
        var hasDate = false
        for value in values {
            if value.isNullish { return .null }
            let number: Number
            if case .date(let milliseconds)? = value {
                guard !hasDate else { throw CommandError(code: 16612, "only one date allowed in an $add expression") }
                hasDate = true
                number = .int64(milliseconds)
            } else if let plain = value.flatMap(Number.init) {
                number = plain
            } else {
                throw CommandError(
                    code: 16554, "$add only supports numeric or date types, not \(value.typeName)")
            }
            total = Number.add(total, number, overflow: .double) ?? total
        }
        return hasDate ? try date(total) : total.value
    }

    private static func date(_ number: Number) throws(CommandError) -> BSONValue {
        let whole: Int64? =
            if case .double(let value) = number { Int64(exactly: value.rounded(.toNearestOrAwayFromZero)) } else {
                number.truncatedInt64
            }
        guard let whole else { throw CommandError(.overflow, "date overflow in $add") }
        return .date(whole)
    }

    private static func subtract(_ left: BSONValue?, _ right: BSONValue?) throws(CommandError) -> BSONValue? {
        if left.isNullish || right.isNullish { return .null }
        if case .date(let from)? = left {
            if case .date(let subtracted)? = right { return .int64(from &- subtracted) }
            guard let number = right.flatMap(Number.init) else {
                throw CommandError(code: 16556, "cant $subtract a\(right.typeName) from a Date")
            }
            return .date(from &- number.clampedInt64)
        }
        guard let first = left.flatMap(Number.init), let second = right.flatMap(Number.init) else {
            throw CommandError(code: 16556, "cant $subtract a\(right.typeName) from a \(left.typeName)")
        }
        return Number.subtract(first, second, overflow: .double)?.value
    }

    private static func multiply(_ values: [BSONValue?]) throws(CommandError) -> BSONValue? {
        var total = Number.int32(1)
        for value in values {
            if value.isNullish { return .null }
            guard let number = value.flatMap(Number.init) else {
                throw CommandError(code: 16555, "$multiply only supports numeric types, not \(value.typeName)")
            }
            total = Number.multiply(total, number, overflow: .double) ?? total
        }
        return total.value
    }

    private static func divide(_ left: BSONValue?, _ right: BSONValue?) throws(CommandError) -> BSONValue? {
        guard let first = left.flatMap(Number.init), let second = right.flatMap(Number.init) else {
            if left.isNullish || right.isNullish { return .null }
            throw CommandError(
                code: 16609,
                "$divide only supports numeric types, not \(left.typeName) and \(right.typeName)")
        }
        guard !second.isZero else { throw CommandError(code: 16608, "can't $divide by zero") }
        if first.isDecimal || second.isDecimal {
            return Number.decimal(first.decimalValue / second.decimalValue).value
        }
        return .double(first.doubleValue / second.doubleValue)
    }

    private static func modulo(_ left: BSONValue?, _ right: BSONValue?) throws(CommandError) -> BSONValue? {
        guard let first = left.flatMap(Number.init), let second = right.flatMap(Number.init) else {
            if left.isNullish || right.isNullish { return .null }
            throw CommandError(
                code: 16611, "$mod only supports numeric types, not \(left.typeName) and \(right.typeName)")
        }
        guard !second.isZero else { throw CommandError(code: 16610, "can't $mod by zero") }
        if first.isDecimal || second.isDecimal {
            return Number.decimal(first.decimalValue.remainder(dividingBy: second.decimalValue)).value
        }
        guard let dividend = first.isInteger ? first.truncatedInt64 : nil, let divisor = second.exactInt64 else {
            return .double(fmod(first.doubleValue, second.doubleValue))
        }
        let remainder = divisor == -1 ? 0 : dividend % divisor
        if case .int64 = first { return .int64(remainder) }
        if case .int64 = second { return .int64(remainder) }
        return Number.narrow(remainder).value
    }

    private static func magnitude(_ number: Number) throws(CommandError) -> Number {
        switch number {
        case .int32(let value): return .narrow(abs(Int64(value)))
        case .int64(let value):
            guard value != .min else { throw CommandError(code: 28680, "can't take $abs of long long min") }
            return .int64(abs(value))
        case .double(let value): return .double(value.magnitude)
        case .decimal(let value): return .decimal(value.magnitude)
        }
    }

    /// Transcendental functions of decimals would need more digits than a double has: refused, not approximated.
    private static func transcendental(
        _ name: String, _ number: Number, _ function: (Double) -> Double
    ) throws(CommandError) -> Number {
        guard !number.isDecimal else {
            throw CommandError(.invalidPipelineOperator, "\(name) of a decimal is not implemented")
        }
        return .double(function(number.doubleValue))
    }

    private static func power(_ left: BSONValue?, _ right: BSONValue?) throws(CommandError) -> BSONValue? {
        if left.isNullish || right.isNullish { return .null }
        guard let base = left.flatMap(Number.init) else {
            throw CommandError(code: 28762, "$pow's base must be numeric, not \(left.typeName)")
        }
        guard let exponent = right.flatMap(Number.init) else {
            throw CommandError(code: 28763, "$pow's exponent must be numeric, not \(right.typeName)")
        }
        guard !base.isZero || exponent.doubleValue >= 0 else {
            throw CommandError(code: 28764, "$pow cannot take a base of 0 and a negative exponent")
        }
        if base.isDecimal || exponent.isDecimal {
            throw CommandError(.invalidPipelineOperator, "$pow of decimals is not implemented")
        }
        let approximate = Glibc.pow(base.doubleValue, exponent.doubleValue)
        guard base.isInteger, exponent.isInteger else { return .double(approximate) }
        guard let exact = integerPower(base.clampedInt64, exponent.clampedInt64) else { return .double(approximate) }
        if case (.int32, .int32) = (base, exponent) { return Number.narrow(exact).value }
        return .int64(exact)
    }

    private static func integerPower(_ base: Int64, _ exponent: Int64) -> Int64? {
        if exponent == 0 || base == 1 { return 1 }
        if base == -1 { return exponent % 2 == 0 ? 1 : -1 }
        if base == 0 { return 0 }
        guard exponent > 0, exponent < 64 else { return nil }
        var result: Int64 = 1
        for _ in 0..<exponent {
            let product = result.multipliedReportingOverflow(by: base)
            if product.overflow { return nil }
            result = product.partialValue
        }
        return result
    }

    private static func logarithm(_ left: BSONValue?, _ right: BSONValue?) throws(CommandError) -> BSONValue? {
        if left.isNullish || right.isNullish { return .null }
        guard let value = left.flatMap(Number.init) else {
            throw CommandError(code: 28756, "$log's argument must be numeric, not \(left.typeName)")
        }
        guard let base = right.flatMap(Number.init) else {
            throw CommandError(code: 28757, "$log's base must be numeric, not \(right.typeName)")
        }
        if value.isDecimal || base.isDecimal {
            throw CommandError(.invalidPipelineOperator, "$log of decimals is not implemented")
        }
        guard value.doubleValue > 0 || value.isNaN else {
            throw CommandError(code: 28758, "$log's argument must be a positive number, but is \(value.doubleValue)")
        }
        guard base.doubleValue > 0 && base.doubleValue != 1 || base.isNaN else {
            throw CommandError(
                code: 28759, "$log's base must be a positive number not equal to 1, but is \(base.doubleValue)")
        }
        return .double(log(value.doubleValue) / log(base.doubleValue))
    }
}
