import BSON
import Glibc

extension ExpressionOperator {
    static let dates: [ExpressionOperator] =
        [
            ("$year", "Y"), ("$month", "m"), ("$dayOfMonth", "d"), ("$hour", "H"), ("$minute", "M"), ("$second", "S"),
            ("$millisecond", "L"), ("$dayOfWeek", "w"), ("$dayOfYear", "j"),
        ].map(part)
        + [.init("$dateToString", parse: parseToString)]

    /// A part of a date, by its letter in formats: `{$year: date}`, `{$year: [date]}` or `{$year: {date:, timezone:}}`.
    private static func part(_ name: String, _ letter: Unicode.Scalar) -> ExpressionOperator {
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
            return try call(name, parts, ofNull: .null) { arguments in
                try arguments.checkZone(1)
                let text = CivilDate(milliseconds: try arguments.date(0)).text(letter)
                return text.flatMap { Int32($0) }.map(BSONValue.int32)
            }
        }
    }

    private static func parseToString(_ argument: BSONValue, _ parser: ExpressionParser) throws -> Expression {
        let names = ["date", "format", "timezone", "onNull"]
        let named = try NamedArguments(argument, of: "$dateToString", names, codes: (18629, 18534))
        let parts = [
            try named.require("date", missing: 18628, parser),
            try named.optional("format", parser) ?? .constant(.string(DateText.iso)),
            try named.optional("timezone", parser) ?? .constant("UTC"),
        ]
        let onNull = try named.optional("onNull", parser) ?? .constant(.null)
        return Expression { variables in
            let arguments = Arguments(name: "$dateToString", values: try parts.map { try $0.evaluate(variables) })
            if arguments[1].isNullish { return .null }
            let format = try arguments.string(1, else: 18533)
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
    fileprivate func date(_ place: Int) throws -> Int64 {
        try (values[place]?.moment).orThrow(wrong(place, "a date", 16006))
    }

    /// Any other time zone is refused as MongoDB refuses those it does not know.
    fileprivate func checkZone(_ place: Int) throws {
        let name = try string(place, else: 40517)
        try require(name == "UTC" || name == "GMT", code: 40485, "unrecognized time zone: \(name)")
    }
}

private struct CivilDate {
    private var parts = tm()
    private let millisecond: Int64

    init(milliseconds: Int64) {
        millisecond = (milliseconds % 1000 + 1000) % 1000
        var seconds = time_t(milliseconds / 1000 - (milliseconds % 1000 < 0 ? 1 : 0))
        gmtime_r(&seconds, &parts)
    }

    /// A part, by its letter in formats; nil for a letter that stands for none.
    func text(_ letter: Unicode.Scalar) -> String? {
        switch letter {
        case "Y", "G": formatted("%04\(letter)")
        case "m", "d", "H", "M", "S", "j", "U", "V", "u", "%": formatted("%\(letter)")
        case "L": String(String(1000 + millisecond).dropFirst())
        case "w": String(parts.tm_wday + 1)
        case "z": "+0000"
        case "Z": "0"
        default: nil
        }
    }

    /// By the C library, which knows the weeks of the year, too.
    private func formatted(_ format: String) -> String {
        var parts = parts
        var buffer = [CChar](repeating: 0, count: 32)
        strftime(&buffer, buffer.count, format, &parts)
        return CFormat.text(in: buffer)
    }
}

enum DateText {
    static let iso = "%Y-%m-%dT%H:%M:%S.%LZ"

    static func format(_ milliseconds: Int64, as format: String = iso) throws -> String {
        let date = CivilDate(milliseconds: milliseconds)
        var text = ""
        var scalars = format.unicodeScalars.makeIterator()
        while let scalar = scalars.next() {
            guard scalar == "%" else {
                text.unicodeScalars.append(scalar)
                continue
            }
            let letter = try scalars.next().orThrow(CommandError(code: 18535, "Unmatched '%' at end of format"))
            let part = try date.text(letter).orThrow(.init(code: 18536, "Invalid format character '%\(letter)'"))
            let isYear = letter == "Y" || letter == "G"
            try require(!isYear || part.count == 4 && part.first != "-", code: 18537, "year \(part) is past 9999")
            text += part
        }
        return text
    }
}
