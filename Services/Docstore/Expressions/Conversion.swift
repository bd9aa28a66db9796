import BSON

/// Values of one type made into values of another.
enum Conversion {
    static func convert(_ value: BSONValue, to target: BSONType) throws(CommandError) -> BSONValue {
        guard let result = try converted(value, to: target) else {
            throw failure("No conversion from \(value.typeName) to \(target.name)")
        }
        return result
    }

    private static func failure(_ message: String) -> CommandError {
        CommandError(.conversionFailure, "\(message) in $convert with no onError value")
    }

    /// Nil for what does not convert.
    private static func converted(_ value: BSONValue, to target: BSONType) throws(CommandError) -> BSONValue? {
        switch (target, value) {
        case (.string, .string), (.objectID, .objectID), (.date, .date): value
        case (.bool, _): .bool(value.isTruthy)
        case (.date, .string):
            throw CommandError(.invalidPipelineOperator, "a date from a string is not implemented in $convert")
        case (_, .string(let text)): parsed(text, as: target)
        case (.string, .bool(let flag)): .string(flag ? "true" : "false")
        case (.string, .objectID(let id)): .string(id.hex)
        case (.string, .date(let milliseconds)): .string(try DateText.format(milliseconds))
        case (.date, .objectID), (.date, .timestamp): value.moment.map(BSONValue.date)
        case (.date, .int32), (.date, .bool), (.int32, .date): nil
        case (_, .bool(let flag)): try converted(Number.int32(flag ? 1 : 0), to: target)
        case (_, .date(let milliseconds)): try converted(Number.int64(milliseconds), to: target)
        default: if let number = Number(value) { try converted(number, to: target) } else { nil }
        }
    }

    private static func converted(_ number: Number, to target: BSONType) throws(CommandError) -> BSONValue? {
        switch target {
        case .double:
            if case .decimal(let exact) = number, exact.isFinite, number.doubleValue.isInfinite { throw overflow }
            return .double(number.doubleValue)
        case .string: return .string(number.text)
        case .date: return .date(try whole(number))
        case .int32:
            guard let narrow = Int32(exactly: try whole(number)) else { throw overflow }
            return .int32(narrow)
        case .int64: return .int64(try whole(number))
        case .decimal128: return number.decimalValue.value
        default: return nil
        }
    }

    private static let overflow = failure("Conversion would overflow target type")

    private static func whole(_ number: Number) throws(CommandError) -> Int64 {
        guard let whole = number.truncatedInt64 else { throw overflow }
        return whole
    }

    /// As MongoDB reads them: whole, and without blanks.
    private static func parsed(_ text: String, as target: BSONType) -> BSONValue? {
        switch target {
        case .double: text.allSatisfy("0123456789+-.eEinfatyINFATY".contains) ? Double(text).map(BSONValue.double) : nil
        case .objectID: ObjectID(hex: text).map(BSONValue.objectID)
        case .int32: Int32(text).map(BSONValue.int32)
        case .int64: Int64(text).map(BSONValue.int64)
        case .decimal128: Decimal(text: text)?.value
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
                ? "NaN" : value.isInfinite ? (value < 0 ? "-Infinity" : "Infinity") : CFormat.text(value, "%.16g")
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
            ("$toDouble", BSONType.double), ("$toString", .string), ("$toObjectId", .objectID), ("$toBool", .bool),
            ("$toDate", .date), ("$toInt", .int32), ("$toLong", .int64), ("$toDecimal", .decimal128),
        ].map { name, target in
            ExpressionOperator(name, 1, nulls: .any) { arguments in
                try Conversion.convert(arguments[0] ?? .null, to: target)
            }
        }

    private static func parseConvert(_ argument: BSONValue, _ parser: ExpressionParser) throws -> Expression {
        let code = ErrorCode.failedToParse.rawValue
        let named = try NamedArguments(
            argument, of: "$convert", ["input", "to", "onError", "onNull"], codes: (code, code))
        let input = try named.require("input", missing: code, parser)
        let target = try named.require("to", missing: code, parser)
        let onError = try named.optional("onError", parser)
        let onNull = try named.optional("onNull", parser) ?? .constant(.null)
        return try Expression(of: [input, target, onNull] + (onError.map { [$0] } ?? [])) { variables in
            let value = try input.evaluate(variables)
            let type = try target.evaluate(variables)
            if value.isNullish { return try onNull.evaluate(variables) }
            guard let value, !type.isNullish, let type else { return .null }
            do {
                return try Conversion.convert(value, to: try Self.type(type))
            } catch let error as CommandError where error.code == ErrorCode.conversionFailure.rawValue {
                guard let onError else { throw error }
                return try onError.evaluate(variables)
            }
        }
    }

    private static func type(_ given: BSONValue) throws(CommandError) -> BSONType {
        if case .string(let name) = given {
            guard let type = BSONType(name: name) else { throw .badValue("Unknown type: \(name)") }
            return type
        }
        guard let type = Number(given)?.exactInt32.flatMap(BSONType.init(number:)) else {
            throw .failedToParse("$convert's 'to' argument must name a type, or be its number")
        }
        return type
    }
}
