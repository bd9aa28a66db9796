/// A moment: whole milliseconds since 1970-01-01T00:00:00Z, the resolution of BSON dates and of the API.
package struct Instant: Hashable, Comparable, Sendable, CustomStringConvertible {
    package static let millisecondsPerDay: Int64 = 86_400_000

    package var milliseconds: Int64

    package init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    /// The day by UTC, by which caps, quotas, leaderboards and budgets go.
    package var utcDate: CivilDate {
        let days = milliseconds / Self.millisecondsPerDay
        let isBefore = milliseconds < 0 && milliseconds % Self.millisecondsPerDay != 0
        return CivilDate(daysSinceEpoch: Int(isBefore ? days - 1 : days))
    }
    /// `2026-11-21`.
    package var utcDay: String { utcDate.description }
    /// `2026-W47`.
    package var isoWeek: String { utcDate.isoWeek }
    /// The first moment of the next UTC day, when daily caps start anew.
    package var nextUTCDay: Instant {
        Instant(milliseconds: Int64(utcDate.daysSinceEpoch + 1) * Self.millisecondsPerDay)
    }

    /// The calendar day where clocks are `utcOffset` ahead of UTC.
    package func localDate(utcOffset: Duration) -> CivilDate {
        let local = milliseconds + utcOffset.wholeMilliseconds
        let (day, rest) = local.quotientAndRemainder(dividingBy: Self.millisecondsPerDay)
        return CivilDate(daysSinceEpoch: Int(rest < 0 ? day - 1 : day))
    }

    package static func + (instant: Self, duration: Duration) -> Self {
        Instant(milliseconds: instant.milliseconds + duration.wholeMilliseconds)
    }

    package static func - (instant: Self, duration: Duration) -> Self {
        Instant(milliseconds: instant.milliseconds - duration.wholeMilliseconds)
    }

    package static func - (later: Self, earlier: Self) -> Duration {
        .milliseconds(later.milliseconds - earlier.milliseconds)
    }

    package static func < (left: Self, right: Self) -> Bool { left.milliseconds < right.milliseconds }

    package var description: String { iso8601 }
}

extension Duration {
    /// Rounded toward zero.
    package var wholeMilliseconds: Int64 {
        components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
    }

    package static func hours(_ count: Int) -> Duration { .seconds(count * 3600) }
    package static func days(_ count: Int) -> Duration { .seconds(count * 86_400) }
    package static func minutes(_ count: Int) -> Duration { .seconds(count * 60) }
}
