import Domain
import Testing

@Suite struct ReferralRulesTests {
    private let rules = ReferralRules()
    private let registered = Instant(milliseconds: 1_795_250_000_000)

    private func verdict(
        after time: Duration = .days(3), _ change: (inout ReferralFacts) -> Void = { _ in }
    ) -> ReferralVerdict {
        var facts = ReferralFacts(registeredAt: registered, emailVerified: true, activeDays: 3, sharesDevice: false)
        change(&facts)
        return rules.verdict(facts, at: registered + time)
    }

    @Test func `a proven address and three active days validate a newcomer, and nothing less does`() {
        #expect(verdict() == .validated)
        #expect(verdict { $0.activeDays = 2 } == .waits)
        #expect(verdict { $0.emailVerified = false } == .waits)
        #expect(verdict { $0.isBarred = true } == .waits)
    }

    @Test func `a shared device refuses for good, whatever else is known`() {
        #expect(verdict { $0.sharesDevice = true } == .refused(reason: "shared-device"))
        #expect(verdict(after: .days(99)) { $0.sharesDevice = true } == .refused(reason: "shared-device"))
    }

    @Test func `the deadline's last moment still counts, and after it nothing does`() {
        #expect(verdict(after: .days(30)) == .validated)
        let late = Duration.days(30) + .milliseconds(1)
        #expect(verdict(after: late) == .refused(reason: "too-late"))
        #expect(verdict(after: late) { $0.isBarred = true } == .refused(reason: "too-late"))
        #expect(verdict(after: .days(30)) { $0.activeDays = 2 } == .waits)
    }

    @Test func `votes within a day of a validated referral are worth double, and never more`() {
        let validated = registered
        func multiplier(_ time: Duration, _ validations: [Instant]? = nil) -> Double {
            rules.multiplier(at: validated + time, validations: validations ?? [validated])
        }
        #expect(multiplier(.zero) == 2 && multiplier(.hours(24) - .milliseconds(1)) == 2)
        #expect(multiplier(.zero - .milliseconds(1)) == 1 && multiplier(.hours(24)) == 1)
        #expect(multiplier(.hours(2), [validated, validated + .hours(1)]) == 2, "windows do not add up")
        #expect(multiplier(.hours(2), []) == 1)
        #expect(rules.multiplier(at: nil, validations: [validated]) == 1, "no vote, no window")
    }
}
