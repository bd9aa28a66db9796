/// What is known of a newcomer whom somebody referred.
package struct ReferralFacts: Equatable, Sendable {
    package var registeredAt: Instant
    package var emailVerified: Bool
    /// Days, by the newcomer's own calendar, that counted for their streak.
    package var activeDays: Int
    /// The newcomer was on a device of the referrer, or of somebody else whom the referrer brought.
    package var sharesDevice: Bool
    /// Either of the two is banned, shadow-banned or gone.
    package var isBarred: Bool

    package init(
        registeredAt: Instant, emailVerified: Bool, activeDays: Int, sharesDevice: Bool, isBarred: Bool = false
    ) {
        self.registeredAt = registeredAt
        self.emailVerified = emailVerified
        self.activeDays = activeDays
        self.sharesDevice = sharesDevice
        self.isBarred = isBarred
    }
}

package enum ReferralVerdict: Equatable, Sendable {
    /// Something is still missing.
    case waits
    case validated
    /// Nothing that comes later changes it.
    case refused(reason: String)
}

/// When a newcomer counts as brought by somebody, and what that is worth.
package struct ReferralRules: Sendable {
    package let economy: EconomyConfiguration

    package init(economy: EconomyConfiguration = .standard) { self.economy = economy }

    package func verdict(_ facts: ReferralFacts, at now: Instant) -> ReferralVerdict {
        if facts.sharesDevice { return .refused(reason: "shared-device") }
        if now - facts.registeredAt > .days(economy.referralDeadlineDays) { return .refused(reason: "too-late") }
        // A ban may be lifted before the deadline, so it only waits.
        guard !facts.isBarred, facts.emailVerified, facts.activeDays >= economy.referralActiveDays else {
            return .waits
        }
        return .validated
    }

    package var window: Duration { .hours(economy.referralMultiplierHours) }

    /// What a vote gem is worth whose newest vote was accepted at `instant`.
    ///
    /// - Parameter validations: when referrals of the person, as referrer or newcomer, were validated. Windows do not add up.
    package func multiplier(at instant: Instant?, validations: [Instant]) -> Double {
        guard let instant else { return 1 }
        let isInside = validations.contains { $0 <= instant && instant - $0 < window }
        return isInside ? economy.referralMultiplier : 1
    }
}
