import BSON

/// The format strings of `$dateToString`.
struct DateFormat: Sendable {
    static let standard = "%Y-%m-%dT%H:%M:%S.%LZ"
    /// What a date in another zone than UTC is written like.
    static let local = "%Y-%m-%dT%H:%M:%S.%L"

    private let format: [UInt8]

    init(_ text: String) throws(CommandError) {
        format = Array(text.utf8)
        var index = 0
        while index < format.count {
            defer { index += 1 }
            guard format[index] == UInt8(ascii: "%") else { continue }
            index += 1
            guard index < format.count else {
                throw CommandError(code: 18535, "Unmatched '%' at end of format string")
            }
            guard "dGHjLmMSuUVwYzZ%".utf8.contains(format[index]) else {
                throw CommandError(
                    code: 18536,
                    "Invalid format character '%\(String(decoding: [format[index]], as: UTF8.self))' in format string")
            }
        }
    }

    /// - Parameter offset: seconds east of Greenwich.
    func text(_ date: CivilDate, offset: Int64) throws(CommandError) -> String {
        var result: [UInt8] = []
        var index = 0
        while index < format.count {
            defer { index += 1 }
            guard format[index] == UInt8(ascii: "%") else {
                result.append(format[index])
                continue
            }
            index += 1
            result += try Self.field(format[index], date, offset).utf8
        }
        return String(decoding: result, as: UTF8.self)
    }

    private static func field(_ letter: UInt8, _ date: CivilDate, _ offset: Int64) throws(CommandError) -> String {
        let pad = { (number: Int, width: Int) in DateText.padded(Int64(number), width) }
        switch Unicode.Scalar(letter) {
        case "Y": return try year(date.year)
        case "m": return pad(date.month, 2)
        case "d": return pad(date.day, 2)
        case "H": return pad(date.hour, 2)
        case "M": return pad(date.minute, 2)
        case "S": return pad(date.second, 2)
        case "L": return pad(date.millisecond, 3)
        case "j": return pad(date.dayOfYear, 3)
        case "w": return String(date.weekday + 1)
        case "u": return String(date.isoWeekday)
        case "U": return pad(date.week, 2)
        case "V": return pad(date.isoWeek.week, 2)
        case "G": return try year(date.isoWeek.year)
        case "z":
            let minutes = Int(offset.magnitude / 60)
            return (offset < 0 ? "-" : "+") + pad(minutes / 60, 2) + pad(minutes % 60, 2)
        case "Z": return String(offset / 60)
        default: return "%"
        }
    }

    private static func year(_ year: Int64) throws(CommandError) -> String {
        guard (0...9999).contains(year) else {
            throw CommandError(
                code: 18537,
                "Could not convert date to string: date component was outside the supported range of 0-9999: \(year)")
        }
        return DateText.padded(year, 4)
    }
}

/// `$dateToString`.
enum DateToStringForm: ExpressionForm {
    static let names = ["$dateToString"]

    struct Evaluated: Expression {
        var input: any Expression
        var format: (any Expression)?
        var zone: (any Expression)?
        var onNull: (any Expression)?

        func evaluate(_ variables: Variables) throws(CommandError) -> BSONValue? {
            let value = try input.evaluate(variables)
            var pattern: DateFormat?
            if let format {
                let given = try format.evaluate(variables)
                if given.isNullish { return .null }
                guard case .string(let text)? = given else {
                    throw CommandError(
                        code: 18533, "$dateToString requires that 'format' be a string, found: \(given.typeName)")
                }
                pattern = try DateFormat(text)
            }
            guard let zone = try DateArgument.zone(zone, variables) else { return .null }
            guard let milliseconds = try DateArgument.milliseconds(value) else {
                guard let onNull else { return .null }
                return try onNull.evaluate(variables)
            }
            if pattern == nil { pattern = try DateFormat(zone.isUTC ? DateFormat.standard : DateFormat.local) }
            guard let pattern else { return .null }
            return .string(
                try pattern.text(try zone.local(milliseconds), offset: try zone.seconds(at: milliseconds)))
        }
    }

    static func parse(
        _ argument: BSONValue, named name: String, parser: ExpressionParser
    ) throws(CommandError) -> any Expression {
        guard case .document(let document) = argument else {
            throw CommandError(code: 18629, "$dateToString only supports an object as its argument")
        }
        let named = try NamedArguments(
            document, of: name, allowing: ["date", "format", "timezone", "onNull"], unknown: 18534)
        return Evaluated(
            input: try named.require("date", missing: 18628, parser), format: try named.optional("format", parser),
            zone: try named.optional("timezone", parser), onNull: try named.optional("onNull", parser))
    }
}

/// `$dateFromString`, for ISO 8601; a format of one's own is not implemented.
enum DateFromStringForm: ExpressionForm {
    static let names = ["$dateFromString"]

    struct Evaluated: Expression {
        var input: any Expression
        var zone: (any Expression)?
        var onError: (any Expression)?
        var onNull: (any Expression)?

        func evaluate(_ variables: Variables) throws(CommandError) -> BSONValue? {
            let value = try input.evaluate(variables)
            let zone = try DateArgument.zone(zone, variables)
            if value.isNullish {
                guard let onNull else { return .null }
                return try onNull.evaluate(variables)
            }
            guard let zone else { return .null }
            do throws(CommandError) {
                guard case .string(let text)? = value else {
                    throw CommandError(
                        .conversionFailure,
                        "$dateFromString requires that 'dateString' be a string, found: \(value.typeName)")
                }
                let local = try DateParser.parse(text)
                return .date(try zone.instant(ofLocal: local))
            } catch {
                guard let onError, error.code == ErrorCode.conversionFailure.rawValue else { throw error }
                return try onError.evaluate(variables)
            }
        }
    }

    static func parse(
        _ argument: BSONValue, named name: String, parser: ExpressionParser
    ) throws(CommandError) -> any Expression {
        guard case .document(let document) = argument else {
            throw CommandError(
                code: 40540, "$dateFromString only supports an object as an argument, found: \(argument.typeName)")
        }
        let named = try NamedArguments(
            document, of: name, allowing: ["dateString", "timezone", "onError", "onNull"], unknown: 40541)
        let expression = Evaluated(
            input: try named.require("dateString", missing: 40542, parser),
            zone: try named.optional("timezone", parser), onError: try named.optional("onError", parser),
            onNull: try named.optional("onNull", parser))
        // Constant input fails when the pipeline is built, as in MongoDB.
        guard expression.input.constant != nil, expression.zone == nil || expression.zone?.constant != nil,
            expression.onError == nil, expression.onNull == nil
        else { return expression }
        return LiteralExpression(value: try expression.evaluate(Variables()))
    }
}
