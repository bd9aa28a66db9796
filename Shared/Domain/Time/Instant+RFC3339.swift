extension Instant {
    /// RFC 3339 in UTC with milliseconds: `2026-11-21T09:04:05.678Z`.
    package var iso8601: String {
        let date = utcDate
        let millis = Int(milliseconds - Int64(date.daysSinceEpoch) * Self.millisecondsPerDay)
        let (year, month, day) = date.components
        var bytes: [UInt8] = []
        bytes.reserveCapacity(24)
        bytes.append(year, digits: 4, then: "-")
        bytes.append(month, digits: 2, then: "-")
        bytes.append(day, digits: 2, then: "T")
        bytes.append(millis / 3_600_000, digits: 2, then: ":")
        bytes.append(millis / 60_000 % 60, digits: 2, then: ":")
        bytes.append(millis / 1000 % 60, digits: 2, then: ".")
        bytes.append(millis % 1000, digits: 3, then: "Z")
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Parses an RFC 3339 date-time, with `Z` or a numeric offset and any number of fraction digits.
    ///
    /// - Returns: nil for anything else; leap seconds (`:60`) are refused, since no clock here can show one.
    package init?(iso8601 text: String) {
        var scanner = DigitScanner(bytes: Array(text.utf8))
        guard let year = scanner.number(4), scanner.skip("-"), let month = scanner.number(2), scanner.skip("-"),
            let day = scanner.number(2), scanner.skip("T") || scanner.skip("t"), let hour = scanner.number(2),
            scanner.skip(":"), let minute = scanner.number(2), scanner.skip(":"), let second = scanner.number(2),
            let date = CivilDate(year: year, month: month, day: day), hour < 24, minute < 60, second < 60,
            let fraction = scanner.fractionMilliseconds(), let offset = scanner.offsetMinutes(), scanner.isAtEnd
        else { return nil }
        let seconds = date.daysSinceEpoch * 86_400 + hour * 3600 + minute * 60 + second - offset * 60
        self.init(milliseconds: Int64(seconds) * 1000 + Int64(fraction))
    }
}

extension [UInt8] {
    /// Appends `number` in decimal with leading zeros, and the sign behind it.
    fileprivate mutating func append(_ number: Int, digits: Int, then separator: Unicode.Scalar) {
        var divisor = (1..<digits).reduce(1) { power, _ in power * 10 }
        while divisor > 0 {
            append(UInt8(ascii: "0") + UInt8(number / divisor % 10))
            divisor /= 10
        }
        append(UInt8(ascii: separator))
    }
}

private struct DigitScanner {
    let bytes: [UInt8]
    var position = 0

    init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    var isAtEnd: Bool { position == bytes.count }

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    mutating func digit() -> Int? {
        guard position < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[position]) else {
            return nil
        }
        position += 1
        return Int(bytes[position - 1] - UInt8(ascii: "0"))
    }

    mutating func number(_ digits: Int) -> Int? {
        var value = 0
        for _ in 0..<digits {
            guard let digit = digit() else { return nil }
            value = value * 10 + digit
        }
        return value
    }

    /// 0 without a fraction; nil when a point has no digit behind it.
    mutating func fractionMilliseconds() -> Int? {
        guard skip(".") else { return 0 }
        guard var value = digit() else { return nil }
        var count = 1
        while let next = digit() {
            if count < 3 { value = value * 10 + next }
            count += 1
        }
        while count < 3 {
            value *= 10
            count += 1
        }
        return value
    }

    mutating func offsetMinutes() -> Int? {
        if skip("Z") || skip("z") { return 0 }
        let sign: Int
        if skip("+") { sign = 1 } else if skip("-") { sign = -1 } else { return nil }
        guard let hours = number(2), skip(":"), let minutes = number(2), hours < 24, minutes < 60 else { return nil }
        return sign * (hours * 60 + minutes)
    }
}
