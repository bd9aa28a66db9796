/// A person's run of days on which they were active, by the calendar of their own time zone.
package struct Streak: Hashable, Sendable, Codable {
    package var current: Int
    package var longest: Int
    /// The last day that counted, `2026-11-21`; nil before the first.
    package var lastDay: String?
    /// When an award was last due.
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
}

package struct StreakRules: Sendable {
    package let economy: EconomyConfiguration

    package init(economy: EconomyConfiguration = .standard) {
        self.economy = economy
    }

    /// Takes one activity into account.
    ///
    /// - Returns: nil when the day counted already, lies before the last one, or follows the last award by less than the
    ///   spacing: neither a second log-in, nor a clock step, nor a change of zone is worth a gem.
    package func step(_ streak: Streak, activeAt instant: Instant, utcOffset: Duration) -> StreakStep? {
        let today = instant.localDate(utcOffset: utcOffset)
        let last = streak.lastDay.flatMap(CivilDate.init)
        if let last, today <= last { return nil }
        if let award = streak.lastAwardAt,
            instant - Instant(milliseconds: award) < .hours(economy.streakAwardSpacingHours)
        {
            return nil
        }
        var next = streak
        next.current = last?.adding(days: 1) == today ? streak.current + 1 : 1
        next.longest = max(streak.longest, next.current)
        next.lastDay = today.description
        next.lastAwardAt = instant.milliseconds
        return StreakStep(streak: next, awards: awards(onDay: next.current), day: today)
    }

    private func awards(onDay day: Int) -> [StreakStep.Award] {
        var awards: [StreakStep.Award] = [.dailyLogin(Gems(economy.dailyLoginGems))]
        if day % economy.weekStreakDays == 0 { awards.append(.week(Gems(economy.weekStreakGems))) }
        if day % economy.monthStreakDays == 0 { awards.append(.month(Gems(economy.monthStreakGems))) }
        return awards
    }
}
