/// What was known of a vote when it was cast; addresses and devices are already keyed hashes.
package struct VoteEvidence: Equatable, Sendable {
    /// Distinct accounts seen on the address within the window; nil when the address is no signal (a bare loopback).
    package var accountsOnAddress: Int?
    /// Distinct accounts seen on the session's device.
    package var accountsOnDevice: Int?
    package var accountAge: Duration
    /// Votes of this person in the last minute, this one included.
    package var votesInLastMinute: Int
    /// 0-100, 50 for a newcomer.
    package var trustScore: Int
    /// Whether author and voter vote for each other.
    package var isReciprocal: Bool
    /// Whether the voter belongs to a group found to collude for this author. Known only some time after the vote.
    package var isColluding: Bool

    package init(
        accountsOnAddress: Int?, accountsOnDevice: Int?, accountAge: Duration, votesInLastMinute: Int, trustScore: Int,
        isReciprocal: Bool, isColluding: Bool = false
    ) {
        self.accountsOnAddress = accountsOnAddress
        self.accountsOnDevice = accountsOnDevice
        self.accountAge = accountAge
        self.votesInLastMinute = votesInLastMinute
        self.trustScore = trustScore
        self.isReciprocal = isReciprocal
        self.isColluding = isColluding
    }
}

/// How suspicious a vote is, 0-1, and why.
package struct FraudScore: Equatable, Sendable {
    package enum Signal: String, CaseIterable, Sendable, Codable {
        case sharedAddress, sharedDevice, newAccount, velocity, lowTrust, reciprocity, collusion
    }

    package let value: Double
    /// Each signal's share of the value, for the moderator who reads why; signals of weight 0 are left out.
    package let reasons: [(signal: Signal, weight: Double)]
    package let isFlagged: Bool

    /// Adds up the signals' weights, capped at 1.
    package init(_ evidence: VoteEvidence, rules: EconomyConfiguration.Fraud = EconomyConfiguration.standard.fraud) {
        var reasons: [(signal: Signal, weight: Double)] = []
        func add(_ signal: Signal, _ weight: Double) {
            if weight > 0 { reasons.append((signal, weight)) }
        }
        add(
            .sharedAddress, rules.addressWeight * Self.share(evidence.accountsOnAddress, full: rules.addressClusterSize)
        )
        add(.sharedDevice, rules.deviceWeight * Self.share(evidence.accountsOnDevice, full: rules.deviceClusterSize))
        add(.newAccount, evidence.accountAge < .hours(rules.newAccountHours) ? rules.ageWeight : 0)
        let velocity = Double(evidence.votesInLastMinute) / Double(max(1, rules.fastVotesPerMinute))
        add(.velocity, rules.velocityWeight * min(1, velocity * velocity))
        add(.lowTrust, evidence.trustScore < 50 ? rules.trustWeight * Double(50 - evidence.trustScore) / 50 : 0)
        add(.reciprocity, evidence.isReciprocal ? rules.reciprocityWeight : 0)
        // Only on top of a shared address or device: friends who vote for each other are no fraud.
        let isShared = (evidence.accountsOnAddress ?? 0) > 1 || (evidence.accountsOnDevice ?? 0) > 1
        add(.collusion, evidence.isColluding && isShared ? rules.collusionWeight : 0)
        value = min(1, reasons.reduce(0) { $0 + $1.weight })
        self.reasons = reasons
        isFlagged = value >= rules.threshold
    }

    /// 0 for one account, rising evenly to 1 at `full` accounts.
    private static func share(_ accounts: Int?, full: Int) -> Double {
        guard let accounts, accounts > 1 else { return 0 }
        return min(1, Double(accounts - 1) / Double(max(1, full - 1)))
    }

    package static func == (left: Self, right: Self) -> Bool {
        left.value == right.value && left.reasons.map(\.signal) == right.reasons.map(\.signal)
            && left.isFlagged == right.isFlagged
    }
}
