import Glibc

/// A moment taken apart by the calendar.
struct CivilDate {
    let year, month, day, hour, minute, second, millisecond: Int
    /// 0 is Sunday.
    let weekday: Int
    /// 1 is January 1st.
    let dayOfYear: Int
    private let milliseconds: Int64

    /// - Parameter milliseconds: since 1970.
    init(milliseconds: Int64) {
        self.milliseconds = milliseconds
        let (quotient, remainder) = milliseconds.quotientAndRemainder(dividingBy: 1000)
        var seconds = time_t(remainder < 0 ? quotient - 1 : quotient)
        var parts = tm()
        gmtime_r(&seconds, &parts)
        (year, month, day) = (Int(parts.tm_year) + 1900, Int(parts.tm_mon) + 1, Int(parts.tm_mday))
        (hour, minute, second) = (Int(parts.tm_hour), Int(parts.tm_min), Int(parts.tm_sec))
        millisecond = Int(remainder < 0 ? remainder + 1000 : remainder)
        (weekday, dayOfYear) = (Int(parts.tm_wday), Int(parts.tm_yday) + 1)
    }

    /// 1 is Monday, 7 is Sunday.
    var isoWeekday: Int { weekday == 0 ? 7 : weekday }
    /// Weeks start on Sunday; the days before the first Sunday are in week 0.
    var week: Int { (dayOfYear + 6 - weekday) / 7 }

    /// Weeks start on Monday, and belong to the year that has their Thursday.
    var isoWeek: (year: Int, week: Int) {
        let thursday = CivilDate(milliseconds: milliseconds &+ Int64(4 - isoWeekday) * 86_400_000)
        return (thursday.year, (thursday.dayOfYear - 1) / 7 + 1)
    }
}
