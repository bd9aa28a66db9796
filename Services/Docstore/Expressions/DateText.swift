/// The proleptic Gregorian calendar in UTC: milliseconds since 1970, taken apart and put together.
struct CivilDate: Equatable {
    var year: Int64
    var month: Int
    var day: Int
    var hour = 0
    var minute = 0
    var second = 0
    var millisecond = 0

    init(year: Int64, month: Int, day: Int, hour: Int = 0, minute: Int = 0, second: Int = 0, millisecond: Int = 0) {
        self.year = year
        self.month = month
        self.day = day
        self.hour = hour
        self.minute = minute
        self.second = second
        self.millisecond = millisecond
    }

    init(milliseconds: Int64) {
        let (days, rest) = milliseconds.flooredDivision(by: 86_400_000)
        // Years start in March here, so that the leap day is the last of its year.
        let shifted = days + 719_468
        let (era, dayOfEra) = shifted.flooredDivision(by: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        day = Int(dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
        month = Int(shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9)
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        hour = Int(rest / 3_600_000)
        minute = Int(rest / 60_000 % 60)
        second = Int(rest / 1_000 % 60)
        millisecond = Int(rest % 1_000)
    }

    /// Days since 1970 of a day; the parts may lie out of their ranges.
    static func days(year: Int64, month: Int64, day: Int64) -> Int64 {
        let (carried, monthIndex) = (month - 1).flooredDivision(by: 12)
        let month = monthIndex + 1
        let year = year + carried - (month <= 2 ? 1 : 0)
        let (era, yearOfEra) = year.flooredDivision(by: 400)
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return era * 146_097 + dayOfEra - 719_468 + day - 1
    }

    var dayNumber: Int64 { Self.days(year: year, month: Int64(month), day: Int64(day)) }

    var milliseconds: Int64 {
        ((dayNumber * 24 + Int64(hour)) * 60 + Int64(minute)) * 60_000 + Int64(second) * 1_000 + Int64(millisecond)
    }

    /// 0 is Sunday.
    var weekday: Int { Int((dayNumber + 4).flooredDivision(by: 7).remainder) }
    /// 1 is Monday, 7 is Sunday.
    var isoWeekday: Int { weekday == 0 ? 7 : weekday }
    var dayOfYear: Int { Int(dayNumber - Self.days(year: year, month: 1, day: 1)) + 1 }
    /// Weeks start on Sunday; the days before the first Sunday are in week 0.
    var week: Int { (dayOfYear - 1 + 7 - weekday) / 7 }

    var isoWeek: (year: Int64, week: Int) {
        let thursday = dayNumber - Int64(isoWeekday) + 4
        let year = CivilDate(milliseconds: thursday * 86_400_000).year
        return (year, Int(thursday - Self.days(year: year, month: 1, day: 1)) / 7 + 1)
    }

    static func isLeap(_ year: Int64) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }
}

extension Int64 {
    /// The remainder is never negative.
    func flooredDivision(by divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}

/// Dates as text.
enum DateText {
    /// `2024-02-29T13:14:15.678Z`.
    static func iso(_ milliseconds: Int64) -> String {
        let date = CivilDate(milliseconds: milliseconds)
        let day = "\(padded(date.year, 4))-\(padded(Int64(date.month), 2))-\(padded(Int64(date.day), 2))"
        let time = "\(padded(Int64(date.hour), 2)):\(padded(Int64(date.minute), 2)):\(padded(Int64(date.second), 2))"
        return "\(day)T\(time).\(padded(Int64(date.millisecond), 3))Z"
    }

    static func padded(_ number: Int64, _ width: Int) -> String {
        let digits = String(number.magnitude)
        let text = String(repeating: "0", count: max(0, width - digits.count)) + digits
        return number < 0 ? "-" + text : text
    }
}
