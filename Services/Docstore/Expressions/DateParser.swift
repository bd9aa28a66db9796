/// Reads dates out of strings: ISO 8601 with an optional zone; anything else is refused.
enum DateParser {
    static func parse(_ text: String) throws(CommandError) -> Int64 {
        guard let milliseconds = milliseconds(text) else {
            throw CommandError(.conversionFailure, "Error parsing date string '\(text)'")
        }
        return milliseconds
    }

    private static func milliseconds(_ text: String) -> Int64? {
        var reader = Reader(bytes: Array(text.utf8)[...])
        guard let year = reader.number(4), reader.skip("-"), let month = reader.number(2), reader.skip("-"),
            let day = reader.number(2), (1...12).contains(month),
            day >= 1, day <= daysIn(month: month, year: Int64(year))
        else { return nil }
        var date = CivilDate(year: Int64(year), month: month, day: day)
        if reader.skip("T") || reader.skip("t") || reader.skip(" ") {
            guard let hour = reader.number(2), reader.skip(":"), let minute = reader.number(2), hour < 24, minute < 60
            else { return nil }
            date.hour = hour
            date.minute = minute
            if reader.skip(":") {
                guard let second = reader.number(2), second < 60 else { return nil }
                date.second = second
                if reader.skip(".") {
                    guard let fraction = reader.fraction() else { return nil }
                    date.millisecond = fraction
                }
            }
        }
        guard let offset = reader.offset(), reader.bytes.isEmpty else { return nil }
        return date.milliseconds - offset * 60_000
    }

    static func daysIn(month: Int, year: Int64) -> Int {
        [31, CivilDate.isLeap(year) ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
    }

    private struct Reader {
        var bytes: ArraySlice<UInt8>

        mutating func skip(_ character: Unicode.Scalar) -> Bool {
            guard bytes.first == UInt8(ascii: character) else { return false }
            bytes.removeFirst()
            return true
        }

        mutating func number(_ digits: Int) -> Int? {
            guard bytes.count >= digits, bytes.prefix(digits).allSatisfy(\.isDigit) else { return nil }
            defer { bytes.removeFirst(digits) }
            return bytes.prefix(digits).reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
        }

        /// Milliseconds of up to nine digits behind the point.
        mutating func fraction() -> Int? {
            let digits = bytes.prefix { $0.isDigit }
            guard (1...9).contains(digits.count) else { return nil }
            bytes.removeFirst(digits.count)
            return (Array(digits) + [0x30, 0x30]).prefix(3).reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) }
        }

        /// Minutes east of Greenwich.
        mutating func offset() -> Int64? {
            if bytes.isEmpty || skip("Z") || skip("z") { return 0 }
            let sign: Int64 = skip("+") ? 1 : skip("-") ? -1 : 0
            guard sign != 0, let hours = number(2) else { return nil }
            _ = skip(":")
            guard bytes.isEmpty || bytes.count == 2 else { return nil }
            let minutes = bytes.isEmpty ? 0 : number(2)
            guard let minutes, hours < 24, minutes < 60 else { return nil }
            return sign * Int64(hours * 60 + minutes)
        }
    }
}
