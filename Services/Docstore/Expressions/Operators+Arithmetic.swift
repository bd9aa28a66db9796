import BSON
import Glibc

extension ExpressionOperator {
    static let arithmetic: [ExpressionOperator] = [
        .init("$add", .anyCount, add),
        .init("$subtract", 2, nulls: .any, subtract),
        .init("$multiply", .anyCount) { arguments in
            guard let factors = try arguments.all({ try arguments.number($0, else: 16555) }) else { return .null }
            return factors.reduce(.int32(1)) { Number.multiply($0, $1, overflow: .double) ?? $0 }.value
        },
        .init("$divide", 2, nulls: .any, divide),
        .init("$mod", 2, nulls: .any, modulo),
        .init("$pow", 2, nulls: .any, power),
        .init("$log", 2, nulls: .any) { arguments in
            let value = try arguments.binaryNumber(0, else: 28756)
            let base = try arguments.binaryNumber(1, else: 28757)
            guard !(value <= 0) else { throw arguments.wrong(0, "a positive number", 28758) }
            guard !(base <= 0 || base == 1) else { throw arguments.wrong(1, "a positive number other than 1", 28759) }
            return .double(log(value) / log(base))
        },
        .init("$exp", 1, nulls: .any) { .double(exp(try $0.binaryNumber(0, else: 28765))) },
        logarithm("$ln", notPositive: 28766, log),
        logarithm("$log10", notPositive: 28761, log10),
        .init("$sqrt", 1, nulls: .any) { arguments in
            let number = try arguments.number(else: 28765)
            guard !(number.doubleValue < 0) else { throw arguments.wrong(0, "a number of at least 0", 28714) }
            if case .decimal(let value) = number { return Number.decimal(value.squareRoot).value }
            return .double(number.doubleValue.squareRoot())
        },
        .init("$abs", 1, nulls: .any) { arguments in
            switch try arguments.number(else: 28765) {
            case .int32(let value): return Number.narrow(abs(Int64(value))).value
            case .int64(.min): throw CommandError(code: 28680, "can't take $abs of long long min")
            case .int64(let value): return .int64(abs(value))
            case .double(let value): return .double(value.magnitude)
            case .decimal(let value): return Number.decimal(value.magnitude).value
            }
        },
    ]

    private static func add(_ arguments: Arguments) throws -> BSONValue? {
        var dates = 0
        let summands = try arguments.all { place in
            guard case .date(let milliseconds)? = arguments[place] else {
                return try arguments.number(place, else: 16554)
            }
            dates += 1
            guard dates == 1 else { throw CommandError(code: 16612, "only one date allowed in an $add expression") }
            return .int64(milliseconds)
        }
        guard let summands else { return .null }
        var total = summands.reduce(.int32(0)) { Number.add($0, $1, overflow: .double) ?? $0 }
        guard dates == 1 else { return total.value }
        if case .double(let milliseconds) = total { total = .double(milliseconds.rounded(.toNearestOrAwayFromZero)) }
        guard let milliseconds = total.truncatedInt64 else { throw CommandError(.overflow, "date overflow in $add") }
        return .date(milliseconds)
    }

    private static func subtract(_ arguments: Arguments) throws(CommandError) -> BSONValue? {
        guard case .date(let milliseconds)? = arguments[0] else {
            let (left, right) = (try arguments.number(0, else: 16556), try arguments.number(1, else: 16556))
            return Number.subtract(left, right, overflow: .double)?.value
        }
        if case .date(let subtracted)? = arguments[1] { return .int64(milliseconds &- subtracted) }
        return .date(milliseconds &- (try arguments.number(1, else: 16556).clampedInt64))
    }

    private static func divide(_ arguments: Arguments) throws(CommandError) -> BSONValue? {
        let (left, right) = (try arguments.number(0, else: 16609), try arguments.number(1, else: 16609))
        guard !right.isZero else { throw CommandError(code: 16608, "can't $divide by zero") }
        if left.isDecimal || right.isDecimal { return Number.decimal(left.decimalValue / right.decimalValue).value }
        return .double(left.doubleValue / right.doubleValue)
    }

    private static func modulo(_ arguments: Arguments) throws(CommandError) -> BSONValue? {
        let (left, right) = (try arguments.number(0, else: 16611), try arguments.number(1, else: 16611))
        guard !right.isZero else { throw CommandError(code: 16610, "can't $mod by zero") }
        if left.isDecimal || right.isDecimal {
            return Number.decimal(left.decimalValue.remainder(dividingBy: right.decimalValue)).value
        }
        guard left.isInteger, let dividend = left.exactInt64, let divisor = right.exactInt64 else {
            return .double(fmod(left.doubleValue, right.doubleValue))
        }
        let remainder = divisor == -1 ? 0 : dividend % divisor
        switch (left, right) {
        case (.int64, _), (_, .int64): return .int64(remainder)
        default: return Number.narrow(remainder).value
        }
    }

    private static func power(_ arguments: Arguments) throws(CommandError) -> BSONValue? {
        let (base, exponent) = (try arguments.number(0, else: 28762), try arguments.number(1, else: 28763))
        guard !base.isZero || exponent.doubleValue >= 0 else {
            throw CommandError(code: 28764, "$pow cannot take a base of 0 and a negative exponent")
        }
        guard base.isInteger, exponent.isInteger,
            let exact = integerPower(base.clampedInt64, exponent.clampedInt64)
        else {
            let binaryBase = try arguments.binaryNumber(0, else: 28762)
            return .double(Glibc.pow(binaryBase, try arguments.binaryNumber(1, else: 28763)))
        }
        if case (.int32, .int32) = (base, exponent) { return Number.narrow(exact).value }
        return .int64(exact)
    }

    /// Nil when the power is no integer, or too large for one.
    private static func integerPower(_ base: Int64, _ exponent: Int64) -> Int64? {
        switch base {
        case 0, 1: return exponent == 0 ? 1 : base
        case -1: return exponent % 2 == 0 ? 1 : -1
        default:
            guard (0..<64).contains(exponent) else { return nil }
            var result: Int64 = 1
            for _ in 0..<exponent {
                let product = result.multipliedReportingOverflow(by: base)
                if product.overflow { return nil }
                result = product.partialValue
            }
            return result
        }
    }

    private static func logarithm(
        _ name: String, notPositive: Int32, _ function: @escaping @Sendable (Double) -> Double
    ) -> ExpressionOperator {
        .init(name, 1, nulls: .any) { arguments in
            let value = try arguments.binaryNumber(0, else: 28765)
            guard !(value <= 0) else { throw arguments.wrong(0, "a positive number", notPositive) }
            return .double(function(value))
        }
    }
}

extension Arguments {
    /// Functions of decimals that have no exact result would need more digits than a double has: refused, not
    /// approximated.
    fileprivate func binaryNumber(_ place: Int, else code: Int32) throws(CommandError) -> Double {
        let number = try number(place, else: code)
        guard !number.isDecimal else {
            throw CommandError(.invalidPipelineOperator, "\(name) of decimals is not implemented")
        }
        return number.doubleValue
    }
}
