import BSON
import Glibc

/// Dates as text, and what stands for a date.
enum DateText {
    static let iso = "%Y-%m-%dT%H:%M:%S.%LZ"

    /// - Parameter offset: seconds east of Greenwich.
    static func format(
        _ milliseconds: Int64, offset: Int64 = 0, as format: String = iso
    ) throws(CommandError) -> String {
        let date = CivilDate(milliseconds: milliseconds &+ offset * 1000)
        var text = String.UnicodeScalarView()
        var scalars = format.unicodeScalars.makeIterator()
        while let scalar = scalars.next() {
            guard scalar == "%" else {
                text.append(scalar)
                continue
            }
            guard let letter = scalars.next() else { throw CommandError(code: 18535, "Unmatched '%' at end of format") }
            text.append(contentsOf: try field(letter, of: date, offset).unicodeScalars)
        }
        return String(text)
    }

    private static func field(
        _ letter: Unicode.Scalar, of date: CivilDate, _ offset: Int64
    ) throws(CommandError) -> String {
        switch letter {
        case "Y": return try year(date.year)
        case "G": return try year(date.isoWeek.year)
        case "m": return padded(date.month, 2)
        case "d": return padded(date.day, 2)
        case "H": return padded(date.hour, 2)
        case "M": return padded(date.minute, 2)
        case "S": return padded(date.second, 2)
        case "L": return padded(date.millisecond, 3)
        case "j": return padded(date.dayOfYear, 3)
        case "U": return padded(date.week, 2)
        case "V": return padded(date.isoWeek.week, 2)
        case "u": return String(date.isoWeekday)
        case "w": return String(date.weekday + 1)
        case "z":
            let minutes = Int(offset.magnitude / 60)
            return (offset < 0 ? "-" : "+") + padded(minutes / 60, 2) + padded(minutes % 60, 2)
        case "Z": return String(offset / 60)
        case "%": return "%"
        default: throw CommandError(code: 18536, "Invalid format character '%\(letter)' in format string")
        }
    }

    private static func year(_ year: Int) throws(CommandError) -> String {
        guard (0...9999).contains(year) else { throw CommandError(code: 18537, "year \(year) is not of 0 to 9999") }
        return padded(year, 4)
    }

    private static func padded(_ number: Int, _ width: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
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
