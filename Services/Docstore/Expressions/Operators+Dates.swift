import BSON
import Glibc

extension ExpressionOperator {
    static let dates: [ExpressionOperator] = [
        part("$year", \.year),
        part("$month") { Int($0.parts.tm_mon) + 1 },
        part("$dayOfMonth") { Int($0.parts.tm_mday) },
        part("$hour") { Int($0.parts.tm_hour) },
        part("$minute") { Int($0.parts.tm_min) },
        part("$second") { Int($0.parts.tm_sec) },
        part("$millisecond", \.millisecond),
        part("$dayOfWeek", \.weekday),
        part("$dayOfYear") { Int($0.parts.tm_yday) + 1 },
        .init("$dateToString", parse: parseToString),
    ]

    /// A part of a date: `{$year: date}`, `{$year: [date]}` or `{$year: {date:, timezone:}}`.
    private static func part(
        _ name: String, _ read: @escaping @Sendable (CivilDate) -> Int
    ) -> ExpressionOperator {
        .init(name) { argument, parser in
            var parts: [Expression] = [.constant("UTC")]
            switch argument {
            case .document(let document) where document.first?.key.hasPrefix("$") == false:
                let named = try NamedArguments(argument, of: name, ["date", "timezone"], codes: (40535, 40535))
                parts.insert(try named.require("date", missing: 40539, parser), at: 0)
                if let zone = try named.optional("timezone", parser) { parts[1] = zone }
            case .array(let elements) where elements.count != 1:
                throw CommandError(code: 40536, "\(name) accepts one argument, but was given \(elements.count)")
            default: parts = try parser.list(argument, 1...1, of: name) + parts
            }
            return try call(name, parts, .any) { arguments in
                let zone = try arguments.zone(1)
                return .int32(Int32(clamping: read(CivilDate(milliseconds: try arguments.date(0), offset: zone))))
            }
        }
    }

    private static func parseToString(_ argument: BSONValue, _ parser: ExpressionParser) throws -> Expression {
        let named = try NamedArguments(
            argument, of: "$dateToString", ["date", "format", "timezone", "onNull"], codes: (18629, 18534))
        let input = try named.require("date", missing: 18628, parser)
        let format = try named.optional("format", parser)
        let zone = try named.optional("timezone", parser) ?? .constant("UTC")
        let onNull = try named.optional("onNull", parser) ?? .constant(.null)
        let hasFormat = format != nil
        let parts = [input, format ?? .constant(.string(DateText.iso)), zone]
        return Expression { variables in
            let arguments = Arguments(name: "$dateToString", values: try parts.map { try $0.evaluate(variables) })
            guard var format = try arguments.stringIfAny(1, else: 18533) else { return .null }
            // A wrong format is wrong also where there is nothing to format.
            if arguments[0]?.moment == nil || arguments[2].isNullish { _ = try DateText.format(0, as: format) }
            if arguments[2].isNullish { return .null }
            let offset = try arguments.zone(2)
            if arguments[0].isNullish { return try onNull.evaluate(variables) }
            if offset != 0, !hasFormat { format.removeLast() }
            return .string(try DateText.format(try arguments.date(0), offset: offset, as: format))
        }
    }
}

extension Arguments {
    fileprivate func date(_ place: Int) throws(CommandError) -> Int64 {
        guard let milliseconds = values[place]?.moment else { throw wrong(place, "a date", 16006) }
        return milliseconds
    }

    /// Seconds east of Greenwich. Names of regions are refused as MongoDB refuses those it does not know.
    fileprivate func zone(_ place: Int) throws(CommandError) -> Int64 {
        let name = try string(place, else: 40517)
        if name == "UTC" || name == "GMT" { return 0 }
        let offset = try require(DateText.offset(name), code: 40485, "unrecognized time zone: \(name)")
        return offset
    }
}

extension BSONValue {
    /// Milliseconds since 1970 of a date, or of what has one in it: an ObjectId or a timestamp.
    var moment: Int64? {
        switch self {
        case .date(let milliseconds): milliseconds
        case .objectID(let id): Int64(id.timestamp) * 1000
        case .timestamp(let stamp): Int64(stamp.seconds) * 1000
        default: nil
        }
    }
}
