import BSON
import Glibc

extension ExpressionOperator {
    static let arithmetic: [ExpressionOperator] = [
        .init("$add", .anyCount, add),
        .init("$subtract", 2, ofNull: .null, subtract),
        .init("$multiply", .anyCount) { arguments in
            guard let factors = try arguments.all({ try arguments.number($0, else: 16555) }) else { return .null }
            return factors.reduce(.int32(1), *).value
        },
        .init("$divide", 2, ofNull: .null) { arguments in
            let (left, right) = (try arguments.number(0, else: 16609), try arguments.number(1, else: 16609))
            try require(!right.isZero, code: 16608, "can't $divide by zero")
            if left.isDecimal || right.isDecimal { return (left.decimalValue / right.decimalValue).value }
            return .double(left.doubleValue / right.doubleValue)
        },
        .init("$mod", 2, ofNull: .null, modulo),
        .init("$abs", 1, ofNull: .null) { arguments in
            switch try arguments.number(else: 28765) {
            case .int32(let value): return Number.narrow(abs(Int64(value))).value
            case .int64(.min): throw CommandError(code: 28680, "can't take $abs of long long min")
            case .int64(let value): return .int64(abs(value))
            case .double(let value): return .double(value.magnitude)
            case .decimal(let value): return value.magnitude.value
            }
        },
        .init("$ceil", 1, ofNull: .null) { try $0.number(else: 28765).rounded(.up).value },
        .init("$floor", 1, ofNull: .null) { try $0.number(else: 28765).rounded(.down).value },
        .init("$round", 1...2, ofNull: .null) { try toPlace($0, .halfEven) },
        .init("$trunc", 1...2, ofNull: .null) { try toPlace($0, .towardZero) },
    ]

    /// Accumulators as expressions: over their arguments, or over the elements of a single array.
    static let totals: [ExpressionOperator] = ["$sum", "$avg", "$min", "$max", "$mergeObjects"].map { name in
        ExpressionOperator(name, .anyCount) { arguments in
            guard var accumulator = Accumulators.all[name]?() else { return nil }
            var memory = MemoryBudget(owner: name)
            let list: [BSONValue?]? = arguments.values.count == 1 ? arguments[0]?.arrayValue : nil
            for value in list ?? arguments.values { try accumulator.add(value, &memory) }
            return accumulator.result
        }
    }

    private static func add(_ arguments: Arguments) throws -> BSONValue? {
        var dates = 0
        let summands = try arguments.all { place in
            guard case .date(let milliseconds)? = arguments[place] else {
                return try arguments.number(place, else: 16554)
            }
            dates += 1
            try require(dates == 1, code: 16612, "only one date allowed in an $add expression")
            return .int64(milliseconds)
        }
        guard let summands else { return .null }
        var total = summands.reduce(.int32(0), +)
        guard dates == 1 else { return total.value }
        if case .double(let milliseconds) = total { total = .double(milliseconds.rounded(.toNearestOrAwayFromZero)) }
        return .date(try total.truncatedInt64.orThrow(CommandError(.overflow, "date overflow in $add")))
    }

    private static func subtract(_ arguments: Arguments) throws -> BSONValue? {
        guard case .date(let milliseconds)? = arguments[0] else {
            let (left, right) = (try arguments.number(0, else: 16556), try arguments.number(1, else: 16556))
            return (left - right).value
        }
        if case .date(let subtracted)? = arguments[1] { return .int64(milliseconds &- subtracted) }
        return .date(milliseconds &- (try arguments.number(1, else: 16556).clampedInt64))
    }

    private static func modulo(_ arguments: Arguments) throws -> BSONValue? {
        let (left, right) = (try arguments.number(0, else: 16611), try arguments.number(1, else: 16611))
        try require(!right.isZero, code: 16610, "can't $mod by zero")
        if left.isDecimal || right.isDecimal {
            return left.decimalValue.remainder(dividingBy: right.decimalValue).value
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

    private static func toPlace(_ arguments: Arguments, _ rule: Decimal.Rounding) throws -> BSONValue? {
        let number = try arguments.number(else: 51081)
        let place = arguments.values.count < 2 ? 0 : try arguments.int(1, else: 51082, notWhole: 51082)
        guard (-20...100).contains(place) else { throw arguments.wrong(1, "a number of -20 to 100", 51083) }
        switch number {
        case .int32, .int64:
            guard place < 0 else { return number.value }
            let rounded = Decimal(number.clampedInt64).rounded(toExponent: -place, rule)
            let integer = try rounded.truncatedInt64.orThrow(.init(code: 51080, "the result does not fit"))
            if case .int32 = number { return Number.narrow(integer).value }
            return .int64(integer)
        case .double(let value):
            guard value.isFinite else { return number.value }
            return .double(Decimal(value, digits: Decimal.maximumDigits).rounded(toExponent: -place, rule).doubleValue)
        case .decimal(let value):
            return value.isFinite ? value.quantized(toExponent: -place, rule).value : number.value
        }
    }
}

extension Number {
    fileprivate func rounded(_ rule: Decimal.Rounding) -> Number {
        switch self {
        case .double(let value): .double(rule == .up ? value.rounded(.up) : value.rounded(.down))
        case .decimal(let value): .decimal(value.rounded(toExponent: 0, rule))
        case .int32, .int64: self
        }
    }
}
