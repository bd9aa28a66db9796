/// A person's run of days on which they were active, by the calendar of their own time zone.
package struct Streak: Hashable, Sendable, Codable {
    package var current: Int
    package var longest: Int
    /// The last day that counted, `2026-11-21`; nil before the first.
    package var lastDay: String?
    /// When the newest award is due, or was.
    package var lastAwardAt: Int64?

    package init(current: Int = 0, longest: Int = 0, lastDay: String? = nil, lastAwardAt: Instant? = nil) {
        self.current = current
        self.longest = longest
        self.lastDay = lastDay
        self.lastAwardAt = lastAwardAt?.milliseconds
    }
}

/// What a day's first activity changes and earns.
package struct StreakStep: Equatable, Sendable {
    package enum Award: Equatable, Sendable {
        case dailyLogin(Gems)
        case week(Gems)
        case month(Gems)
    }

    package let streak: Streak
    package let awards: [Award]
    /// The day awarded; with the kind of award it makes the ledger's idempotency key.
    package let day: CivilDate
    /// Until when the awards wait for their distance from the ones before; nil where they are due at once.
    package let awardsWaitUntil: Instant?
}

package struct StreakRules: Sendable {
    package let economy: EconomyConfiguration

    package init(economy: EconomyConfiguration = .standard) {
        self.economy = economy
    }

    /// Takes one activity into account.
    ///
    /// Each day of the calendar counts, at whatever hour; what it earns is due no sooner after what the day before earned
    /// than the spacing, which is shorter than a day, so that it is always due on the very day where zone and clock stay.
    ///
    /// - Returns: nil when the day counted already or lies before the last one: a second log-in is worth nothing, and a
    ///   clock step or a change of zone that brings a day forward takes it from the days to come.
    package func step(_ streak: Streak, activeAt instant: Instant, utcOffset: Duration) -> StreakStep? {
        let today = instant.localDate(utcOffset: utcOffset)
        let last = streak.lastDay.flatMap(CivilDate.init)
        if let last, today <= last { return nil }
        let spacing = Duration.hours(economy.streakAwardSpacingHours)
        let due = streak.lastAwardAt.map { max(instant, Instant(milliseconds: $0) + spacing) } ?? instant
        var next = streak
        next.current = last?.adding(days: 1) == today ? streak.current + 1 : 1
        next.longest = max(streak.longest, next.current)
        next.lastDay = today.description
        next.lastAwardAt = due.milliseconds
        return StreakStep(
            streak: next, awards: awards(onDay: next.current), day: today,
            awardsWaitUntil: due > instant ? due : nil)
    }

    private func awards(onDay day: Int) -> [StreakStep.Award] {
        var awards: [StreakStep.Award] = [.dailyLogin(Gems(economy.dailyLoginGems))]
        if day % economy.weekStreakDays == 0 { awards.append(.week(Gems(economy.weekStreakGems))) }
        if day % economy.monthStreakDays == 0 { awards.append(.month(Gems(economy.monthStreakGems))) }
        return awards
    }
}
