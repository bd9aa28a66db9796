import BSON
import Glibc

/// A moment taken apart by the calendar.
struct CivilDate {
    private(set) var parts = tm()
    let millisecond: Int

    /// - Parameters:
    ///   - milliseconds: since 1970.
    ///   - offset: seconds east of Greenwich.
    init(milliseconds: Int64, offset: Int64 = 0) {
        let (quotient, remainder) = (milliseconds &+ offset * 1000).quotientAndRemainder(dividingBy: 1000)
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

/// Dates as text, and what stands for a date.
enum DateText {
    static let iso = "%Y-%m-%dT%H:%M:%S.%LZ"

    /// - Parameter offset: seconds east of Greenwich.
    static func format(
        _ milliseconds: Int64, offset: Int64 = 0, as format: String = iso
    ) throws(CommandError) -> String {
        let date = CivilDate(milliseconds: milliseconds, offset: offset)
        var text = ""
        var scalars = format.unicodeScalars.makeIterator()
        while let scalar = scalars.next() {
            guard scalar == "%" else {
                text.unicodeScalars.append(scalar)
                continue
            }
            guard let letter = scalars.next() else { throw CommandError(code: 18535, "Unmatched '%' at end of format") }
            text += try field(letter, of: date, offset)
        }
        return text
    }

    private static func field(
        _ letter: Unicode.Scalar, of date: CivilDate, _ offset: Int64
    ) throws(CommandError) -> String {
        switch letter {
        case "Y", "G":
            let year = date.text("%04\(letter)")
            try require(year.count == 4 && year.first != "-", code: 18537, "year \(year) is not of 0 to 9999")
            return year
        case "m", "d", "H", "M", "S", "j", "U", "V", "u", "%": return date.text("%\(letter)")
        case "L": return String(String(1000 + date.millisecond).dropFirst())
        case "w": return String(date.weekday)
        case "z":
            let minutes = offset.magnitude / 60
            return (offset < 0 ? "-" : "+") + String(10_000 + minutes / 60 * 100 + minutes % 60).dropFirst()
        case "Z": return String(offset / 60)
        default: throw CommandError(code: 18536, "Invalid format character '%\(letter)' in format string")
        }
    }

    // These are constants: compiling them does not fail.
    private static let offsetPattern = try? Regex(pattern: #"^([+-])([01]\d|2[0-3]):?([0-5]\d)?\z"#, options: "")
    private static let datePattern = try? Regex(
        pattern: #"^(\d{4})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"#
            + #"(?:[Tt ]([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(?:\.(\d{1,9}))?)?)?(?:[Zz]|([+-].*))?\z"#,
        options: "")

    /// Seconds east of Greenwich, written like `+09:00` or `-0330`.
    static func offset(_ text: String) throws(CommandError) -> Int64? {
        guard let groups = try offsetPattern?.texts(in: text), let hours = groups[2].flatMap({ Int64($0) }) else {
            return nil
        }
        let seconds = hours * 3600 + (groups[3].flatMap { Int64($0) } ?? 0) * 60
        return groups[1] == "-" ? -seconds : seconds
    }

    /// The moment that a date in ISO 8601 names, with or without time and offset; anything else is refused.
    static func parse(_ text: String) throws(CommandError) -> Int64 {
        if let groups = try datePattern?.texts(in: text), let offset = try groups[8].map(offset) ?? 0 {
            let numbers = groups.map { $0.flatMap { Int32($0) } ?? 0 }
            var parts = tm()
            (parts.tm_year, parts.tm_mon, parts.tm_mday) = (numbers[1] - 1900, numbers[2] - 1, numbers[3])
            (parts.tm_hour, parts.tm_min, parts.tm_sec) = (numbers[4], numbers[5], numbers[6])
            let seconds = Int64(timegm(&parts)) - offset
            let fraction = Int64(((groups[7] ?? "") + "000").prefix(3)) ?? 0
            // February 30th was made a day of March.
            if parts.tm_mday == numbers[3] { return seconds * 1000 + fraction }
        }
        throw CommandError(.conversionFailure, "Error parsing date string '\(text)'")
    }
}

extension Regex {
    /// The texts of the first match and of its groups.
    fileprivate func texts(in text: String) throws(CommandError) -> [String?]? {
        let bytes = Array(text.utf8)
        return try firstMatch(in: bytes, from: 0)?.map { $0.map { String(decoding: bytes[$0], as: UTF8.self) } }
    }
}
