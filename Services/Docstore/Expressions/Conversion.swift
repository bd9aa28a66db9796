import BSON

/// Values of one type made into values of another.
enum Conversion {
    /// - Parameter target: a type's number.
    static func convert(_ value: BSONValue, to target: Int32) throws(CommandError) -> BSONValue {
        guard let result = try converted(value, to: target) else {
            throw failure("No conversion from \(value.typeName) to \(TypeSet.name(of: target))")
        }
        return result
    }

    private static func failure(_ message: String) -> CommandError {
        CommandError(.conversionFailure, "\(message) in $convert with no onError value")
    }

    /// Nil for what does not convert.
    private static func converted(_ value: BSONValue, to target: Int32) throws(CommandError) -> BSONValue? {
        switch (target, value) {
        case (2, .string), (7, .objectID), (9, .date): value
        case (8, _): .bool(value.isTruthy)
        case (9, .string(let text)): .date(try DateText.parse(text))
        case (_, .string(let text)): parsed(text, as: target)
        case (2, .bool(let flag)): .string(flag ? "true" : "false")
        case (2, .objectID(let id)): .string(id.hex)
        case (2, .date(let milliseconds)): .string(try DateText.format(milliseconds))
        case (9, .objectID), (9, .timestamp): value.moment.map(BSONValue.date)
        case (9, .int32), (9, .bool), (16, .date): nil
        case (_, .bool(let flag)): try converted(Number.int32(flag ? 1 : 0), to: target)
        case (_, .date(let milliseconds)): try converted(Number.int64(milliseconds), to: target)
        default: if let number = Number(value) { try converted(number, to: target) } else { nil }
        }
    }

    private static func converted(_ number: Number, to target: Int32) throws(CommandError) -> BSONValue? {
        switch target {
        case 1:
            if case .decimal(let exact) = number, exact.isFinite, number.doubleValue.isInfinite { throw overflow }
            return .double(number.doubleValue)
        case 2: return .string(number.text)
        case 9: return .date(try whole(number))
        case 16:
            guard let narrow = Int32(exactly: try whole(number)) else { throw overflow }
            return .int32(narrow)
        case 18: return .int64(try whole(number))
        case 19: return Number.decimal(number.decimalValue).value
        default: return nil
        }
    }

    private static let overflow = failure("Conversion would overflow target type")

    private static func whole(_ number: Number) throws(CommandError) -> Int64 {
        guard let whole = number.truncatedInt64 else { throw overflow }
        return whole
    }

    /// As MongoDB reads them: whole, and without blanks.
    private static func parsed(_ text: String, as target: Int32) -> BSONValue? {
        switch target {
        case 1: text.allSatisfy("0123456789+-.eEinfatyINFATY".contains) ? Double(text).map(BSONValue.double) : nil
        case 7: ObjectID(hex: text).map(BSONValue.objectID)
        case 16: Int32(text).map(BSONValue.int32)
        case 18: Int64(text).map(BSONValue.int64)
        case 19: Decimal(text: text).map { Number.decimal($0).value }
        default: nil
        }
    }
}

extension Number {
    /// As MongoDB writes numbers into strings.
    var text: String {
        switch self {
        case .int32(let value): String(value)
        case .int64(let value): String(value)
        case .double(let value):
            value.isNaN
                ? "NaN" : value.isInfinite ? (value < 0 ? "-Infinity" : "Infinity") : CFormat.general(value, digits: 16)
        case .decimal(let value): value.description
        }
    }
}

extension ExpressionOperator {
    static let conversions: [ExpressionOperator] =
        [
            .init("$type", 1) { .string($0[0].typeName) },
            .init("$isNumber", 1) { .bool($0[0].flatMap(Number.init) != nil) },
            .init("$convert", parse: parseConvert),
        ]
        + [
            ("$toDouble", 1), ("$toString", 2), ("$toObjectId", 7), ("$toBool", 8), ("$toDate", 9), ("$toInt", 16),
            ("$toLong", 18), ("$toDecimal", 19),
        ].map { name, target in
            ExpressionOperator(name, 1, nulls: .any) { arguments in
                try Conversion.convert(arguments[0] ?? .null, to: target)
            }
        }

    private static func parseConvert(_ argument: BSONValue, _ parser: ExpressionParser) throws -> any Expression {
        let failedToParse = ErrorCode.failedToParse.rawValue
        let named = try NamedArguments(
            argument, of: "$convert", ["input", "to", "onError", "onNull"], codes: (failedToParse, failedToParse))
        let input = try named.require("input", missing: failedToParse, parser)
        let target = try named.require("to", missing: failedToParse, parser)
        let fallback = try ConversionFallback(named, parser)
        return ComputedExpression { variables in
            let value = try input.evaluate(variables)
            let type = try target.evaluate(variables)
            if value.isNullish { return try fallback.ofNull(variables) }
            guard let value, !type.isNullish, let type else { return .null }
            let number = try typeNumber(type)
            return try fallback.ofFailure(variables) { try Conversion.convert(value, to: number) }
        }
    }

    private static func typeNumber(_ type: BSONValue) throws(CommandError) -> Int32 {
        if case .string(let name) = type {
            guard let number = TypeSet.number(named: name) else {
                throw CommandError(.badValue, "Unknown type: \(name)")
            }
            return number
        }
        guard let number = Number(type)?.exactInt64.flatMap(Int32.init(exactly:)) else {
            throw CommandError(.failedToParse, "$convert's 'to' argument must be a string or a whole number")
        }
        return number
    }
}

/// What an operator answers when its input is null, or does not convert. Evaluated only then.
struct ConversionFallback: Sendable {
    private let onError: (any Expression)?
    private let onNull: (any Expression)?

    init(_ named: NamedArguments, _ parser: ExpressionParser) throws(CommandError) {
        onError = try named.optional("onError", parser)
        onNull = try named.optional("onNull", parser)
    }

    func ofNull(_ variables: Variables) throws(CommandError) -> BSONValue? {
        guard let onNull else { return .null }
        return try onNull.evaluate(variables)
    }

    func ofFailure(_ variables: Variables, _ convert: () throws -> BSONValue?) throws -> BSONValue? {
        do {
            return try convert()
        } catch let error as CommandError where error.code == ErrorCode.conversionFailure.rawValue {
            guard let onError else { throw error }
            return try onError.evaluate(variables)
        }
    }
}
