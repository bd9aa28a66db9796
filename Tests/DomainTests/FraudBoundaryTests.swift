import Domain
import Testing

/// Each signal for itself, at the places where its weight changes.
@Suite struct FraudBoundaryTests {
    private static let plain = VoteEvidence(
        accountsOnAddress: nil, accountsOnDevice: nil, accountAge: .days(90), votesInLastMinute: 0, trustScore: 50,
        isReciprocal: false)

    private func value(_ change: (inout VoteEvidence) -> Void) -> Double {
        var evidence = Self.plain
        change(&evidence)
        return FraudScore(evidence).value
    }

    private func isNear(_ one: Double, _ other: Double) -> Bool { abs(one - other) < 1e-9 }

    @Test(arguments: [(nil, 0), (1, 0), (2, 0.6 / 7), (7, 0.6 * 6 / 7), (8, 0.6), (500, 0.6)] as [(Int?, Double)])
    func `an address weighs more with each account up to eight`(accounts: Int?, weight: Double) {
        #expect(isNear(value { $0.accountsOnAddress = accounts }, weight))
    }

    @Test(arguments: [(nil, 0), (1, 0), (2, 0.275), (3, 0.55), (30, 0.55)] as [(Int?, Double)])
    func `a device weighs more with each account up to three`(accounts: Int?, weight: Double) {
        #expect(isNear(value { $0.accountsOnDevice = accounts }, weight))
    }

    @Test func `an account is new for a day, to the millisecond`() {
        #expect(isNear(value { $0.accountAge = .hours(24) - .milliseconds(1) }, 0.2))
        #expect(value { $0.accountAge = .hours(24) } == 0)
    }

    @Test(arguments: [(0, 0), (15, 0.05), (30, 0.2), (300, 0.2)] as [(Int, Double)])
    func `speed weighs by its square up to thirty votes a minute`(votes: Int, weight: Double) {
        #expect(isNear(value { $0.votesInLastMinute = votes }, weight))
    }

    @Test(arguments: [(0, 0.1), (25, 0.05), (50, 0), (90, 0)] as [(Int, Double)])
    func `trust below a newcomer's weighs evenly`(trust: Int, weight: Double) {
        #expect(isNear(value { $0.trustScore = trust }, weight))
    }

    @Test func `voting for each other weighs a little`() { #expect(isNear(value { $0.isReciprocal = true }, 0.15)) }

    @Test func `collusion weighs on a shared address as on a shared device`() {
        #expect(isNear(value { ($0.accountsOnAddress, $0.isColluding) = (8, true) }, 0.9))
        #expect(isNear(value { ($0.accountsOnDevice, $0.isColluding) = (3, true) }, 0.85))
        #expect(value { ($0.accountsOnAddress, $0.accountsOnDevice, $0.isColluding) = (1, 1, true) } == 0)
    }

    @Test func `all signals together are one, and no more`() {
        #expect(value { ($0.accountsOnAddress, $0.accountsOnDevice, $0.isColluding) = (8, 3, true) } == 1)
    }

    @Test func `a score that reaches the threshold is flagged`() {
        var evidence = Self.plain
        evidence.accountsOnAddress = 8
        var rules = EconomyConfiguration.standard.fraud
        rules.threshold = FraudScore(evidence).value
        #expect(FraudScore(evidence, rules: rules).isFlagged)
        rules.threshold = rules.threshold.nextUp
        #expect(!FraudScore(evidence, rules: rules).isFlagged)
        evidence.votesInLastMinute = 24
        #expect(FraudScore(evidence).isFlagged, "0.728 of 0.7")
        evidence.votesInLastMinute = 18
        #expect(!FraudScore(evidence).isFlagged, "0.672 of 0.7")
    }
}
