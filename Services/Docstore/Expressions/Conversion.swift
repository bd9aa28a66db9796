import BSON

/// `$convert` and its short forms.
enum Conversion {
    /// - Parameter target: a type's number.
    static func convert(_ value: BSONValue, to target: Int32) throws(CommandError) -> BSONValue {
        let result: BSONValue?
        switch target {
        case 1: result = try double(value)
        case 2: result = try string(value)
        case 7: result = try objectID(value)
        case 8: result = bool(value)
        case 9: result = try date(value)
        case 16: result = try integer(value, bits: 32)
        case 18: result = try integer(value, bits: 64)
        case 19: result = try decimal(value)
        default: result = nil
        }
        guard let result else {
            throw failure("Unsupported conversion from \(value.typeName) to \(TypeSet.name(of: target))")
        }
        return result
    }

    static func failure(_ message: String) -> CommandError {
        CommandError(.conversionFailure, "\(message) in $convert with no onError value")
    }

    private static func overflow(_ number: Number) -> CommandError {
        failure("Conversion would overflow target type")
    }

    private static func unparsed(_ text: String, _ reason: String) -> CommandError {
        failure("Failed to parse number '\(text)' \(reason)")
    }

    private static func double(_ value: BSONValue) throws(CommandError) -> BSONValue? {
        switch value {
        case .bool(let flag): return .double(flag ? 1 : 0)
        case .date(let milliseconds): return .double(Double(milliseconds))
        case .string(let text):
            guard let number = NumberText.double(text) else { throw unparsed(text, "Did not consume whole string.") }
            return .double(number)
        default:
            guard let number = Number(value) else { return nil }
            if case .decimal(let exact) = number, exact.isFinite, number.doubleValue.isInfinite {
                throw overflow(number)
            }
            return .double(number.doubleValue)
        }
    }

    private static func string(_ value: BSONValue) throws(CommandError) -> BSONValue? {
        switch value {
        case .bool(let flag): .string(flag ? "true" : "false")
        case .objectID(let id): .string(id.hex)
        case .string: value
        case .date(let milliseconds): .string(DateText.iso(milliseconds))
        default: Number(value).map { .string($0.text) }
        }
    }

    private static func objectID(_ value: BSONValue) throws(CommandError) -> BSONValue? {
        switch value {
        case .objectID: return value
        case .string(let text):
            guard let id = ObjectID(hex: text) else {
                throw failure("Failed to parse objectId '\(text)'")
            }
            return .objectID(id)
        default: return nil
        }
    }

    private static func bool(_ value: BSONValue) -> BSONValue? {
        switch value {
        case .bool: value
        case .string, .objectID, .date, .document, .array, .binary, .timestamp, .regex, .javascript, .minKey, .maxKey,
            .symbol, .dbPointer, .javascriptWithScope:
            true
        default: .bool(value.isTruthy)
        }
    }

    private static func date(_ value: BSONValue) throws(CommandError) -> BSONValue? {
        switch value {
        case .date: return value
        case .objectID(let id): return .date(Int64(id.timestamp) * 1000)
        case .timestamp(let stamp): return .date(Int64(stamp.seconds) * 1000)
        case .string(let text): return .date(try DateParser.parse(text))
        case .int32: return nil
        default:
            guard let number = Number(value) else { return nil }
            guard let milliseconds = number.truncatedInt64 else { throw overflow(number) }
            return .date(milliseconds)
        }
    }

    private static func integer(_ value: BSONValue, bits: Int) throws(CommandError) -> BSONValue? {
        let whole: Int64
        switch value {
        case .bool(let flag): whole = flag ? 1 : 0
        case .date(let milliseconds):
            guard bits == 64 else { return nil }
            whole = milliseconds
        case .string(let text):
            guard let number = NumberText.integer(text, bits: bits) else {
                throw unparsed(text, "Did not consume whole string.")
            }
            whole = number
        default:
            guard let number = Number(value) else { return nil }
            guard !number.isNaN else { throw failure("Attempt to convert NaN value to integer type") }
            guard let truncated = number.truncatedInt64 else { throw overflow(number) }
            whole = truncated
        }
        guard bits == 32 else { return .int64(whole) }
        guard let narrow = Int32(exactly: whole) else { throw overflow(.int64(whole)) }
        return .int32(narrow)
    }

    private static func decimal(_ value: BSONValue) throws(CommandError) -> BSONValue? {
        switch value {
        case .bool(let flag): return Number.decimal(Decimal(flag ? 1 : 0)).value
        case .date(let milliseconds): return Number.decimal(Decimal(milliseconds)).value
        case .string(let text):
            guard let number = Decimal(text: text) else {
                throw unparsed(text, "Failed to parse string to decimal")
            }
            return Number.decimal(number).value
        default: return Number(value).map { Number.decimal($0.decimalValue).value }
        }
    }
}

/// Numbers as strings, read as MongoDB reads them: whole, without blanks.
enum NumberText {
    static func integer(_ text: String, bits: Int) -> Int64? {
        let digits =
            text.utf8.first.map { $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "+") } == true
            ? text.utf8.dropFirst() : text.utf8[...]
        guard !digits.isEmpty, digits.allSatisfy(\.isDigit), let value = Int64(text) else { return nil }
        return bits == 64 || Int32(exactly: value) != nil ? value : nil
    }

    static func double(_ text: String) -> Double? {
        guard let first = text.utf8.first, first != UInt8(ascii: " ") else { return nil }
        let lowered = text.lowercased()
        let unsigned = lowered.first == "-" || lowered.first == "+" ? String(lowered.dropFirst()) : lowered
        let isWord = ["nan", "inf", "infinity"].contains(unsigned)
        let isPlain = unsigned.utf8.allSatisfy { $0.isDigit || [UInt8(ascii: "."), 0x65, 0x2b, 0x2d].contains($0) }
        guard isWord || isPlain else { return nil }
        return Double(lowered)
    }
}

/// `$convert`.
enum ConvertForm: ExpressionForm {
    static let names = ["$convert"]

    struct Evaluated: Expression {
        var input: any Expression
        var target: any Expression
        var onError: (any Expression)?
        var onNull: (any Expression)?

        func evaluate(_ variables: Variables) throws(CommandError) -> BSONValue? {
            let value = try input.evaluate(variables)
            let type = try target.evaluate(variables)
            if value.isNullish {
                return try onNull.map { (expression) throws(CommandError) in try expression.evaluate(variables) }
                    ?? .null
            }
            guard !type.isNullish, let type, let value else { return .null }
            let number = try Self.number(of: type)
            do {
                return try Conversion.convert(value, to: number)
            } catch {
                guard let onError, error.code == ErrorCode.conversionFailure.rawValue else { throw error }
                return try onError.evaluate(variables)
            }
        }

        private static func number(of type: BSONValue) throws(CommandError) -> Int32 {
            switch type {
            case .string(let name):
                guard let number = TypeSet.number(named: name) else {
                    throw CommandError(.badValue, "Unknown type name: \(name)")
                }
                return number
            default:
                guard let number = Number(type) else {
                    throw CommandError(
                        .failedToParse, "$convert's 'to' argument must be a string or number, but is \(type.typeName)")
                }
                guard let code = number.exactInt64.flatMap(Int32.init(exactly:)) else {
                    throw CommandError(.failedToParse, "In $convert, numeric 'to' argument is not an integer")
                }
                return code
            }
        }
    }

    static func parse(
        _ argument: BSONValue, named name: String, parser: ExpressionParser
    ) throws(CommandError) -> any Expression {
        guard case .document(let document) = argument else {
            throw CommandError(
                .failedToParse, "$convert expects an object of named arguments but found: \(argument.typeName)")
        }
        let named = try NamedArguments(
            document, of: name, allowing: ["input", "to", "onError", "onNull"],
            unknown: ErrorCode.failedToParse.rawValue)
        return Evaluated(
            input: try named.require("input", missing: ErrorCode.failedToParse.rawValue, parser),
            target: try named.require("to", missing: ErrorCode.failedToParse.rawValue, parser),
            onError: try named.optional("onError", parser), onNull: try named.optional("onNull", parser))
    }
}
