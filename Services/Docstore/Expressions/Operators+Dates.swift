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
                try arguments.checkZone(1)
                return .int32(Int32(clamping: read(CivilDate(milliseconds: try arguments.date(0)))))
            }
        }
    }

    private static func parseToString(_ argument: BSONValue, _ parser: ExpressionParser) throws -> Expression {
        let named = try NamedArguments(
            argument, of: "$dateToString", ["date", "format", "timezone", "onNull"], codes: (18629, 18534))
        let input = try named.require("date", missing: 18628, parser)
        let format = try named.optional("format", parser) ?? .constant(.string(DateText.iso))
        let zone = try named.optional("timezone", parser) ?? .constant("UTC")
        let onNull = try named.optional("onNull", parser) ?? .constant(.null)
        return Expression { variables in
            let values = try [input, format, zone].map { try $0.evaluate(variables) }
            let arguments = Arguments(name: "$dateToString", values: values)
            guard let format = try arguments.stringIfAny(1, else: 18533) else { return .null }
            // A wrong format is wrong also where there is nothing to format.
            if arguments[0]?.moment == nil || arguments[2].isNullish { _ = try DateText.format(0, as: format) }
            if arguments[2].isNullish { return .null }
            try arguments.checkZone(2)
            if arguments[0].isNullish { return try onNull.evaluate(variables) }
            return .string(try DateText.format(try arguments.date(0), as: format))
        }
    }
}

extension Arguments {
    fileprivate func date(_ place: Int) throws(CommandError) -> Int64 {
        guard let milliseconds = values[place]?.moment else { throw wrong(place, "a date", 16006) }
        return milliseconds
    }

    /// Any other time zone is refused as MongoDB refuses those it does not know.
    fileprivate func checkZone(_ place: Int) throws(CommandError) {
        let name = try string(place, else: 40517)
        try require(name == "UTC" || name == "GMT", code: 40485, "unrecognized time zone: \(name)")
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

/// A moment taken apart by the calendar.
struct CivilDate {
    private(set) var parts = tm()
    let millisecond: Int

    /// - Parameter milliseconds: since 1970.
    init(milliseconds: Int64) {
        let (quotient, remainder) = milliseconds.quotientAndRemainder(dividingBy: 1000)
        millisecond = Int(remainder < 0 ? remainder + 1000 : remainder)
        var seconds = time_t(remainder < 0 ? quotient - 1 : quotient)
        gmtime_r(&seconds, &parts)
    }

    var year: Int { Int(parts.tm_year) + 1900 }
    /// 1 is Sunday.
    var weekday: Int { Int(parts.tm_wday) + 1 }

    /// Parts as `strftime` writes them; it knows the weeks of the year, too.
    func text(_ format: String) -> String {
        var parts = parts
        var buffer = [CChar](repeating: 0, count: 32)
        strftime(&buffer, buffer.count, format, &parts)
        return CFormat.text(in: buffer)
    }
}

/// Dates as text.
enum DateText {
    static let iso = "%Y-%m-%dT%H:%M:%S.%LZ"

    static func format(_ milliseconds: Int64, as format: String = iso) throws(CommandError) -> String {
        let date = CivilDate(milliseconds: milliseconds)
        var text = ""
        var scalars = format.unicodeScalars.makeIterator()
        while let scalar = scalars.next() {
            guard scalar == "%" else {
                text.unicodeScalars.append(scalar)
                continue
            }
            guard let letter = scalars.next() else { throw CommandError(code: 18535, "Unmatched '%' at end of format") }
            text += try field(letter, of: date)
        }
        return text
    }

    private static func field(_ letter: Unicode.Scalar, of date: CivilDate) throws(CommandError) -> String {
        switch letter {
        case "Y", "G":
            let year = date.text("%04\(letter)")
            try require(year.count == 4 && year.first != "-", code: 18537, "year \(year) is not of 0 to 9999")
            return year
        case "m", "d", "H", "M", "S", "j", "U", "V", "u", "%": return date.text("%\(letter)")
        case "L": return String(String(1000 + date.millisecond).dropFirst())
        case "w": return String(date.weekday)
        case "z": return "+0000"
        case "Z": return "0"
        default: throw CommandError(code: 18536, "Invalid format character '%\(letter)' in format string")
        }
    }
}
