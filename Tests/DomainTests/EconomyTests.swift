import Domain
import Testing

@Suite struct EconomyTests {
    private let economy = EconomyConfiguration.standard

    /// They are promised to people: who changes one changes the product.
    @Test func `the numbers of the game are those of the design`() {
        #expect(economy.votesPerGem == 10)
        #expect(Tier.allCases.map { economy.votesPerDay[$0] } == [50, 200, 500])
        #expect(Tier.allCases.map { economy.generationsPerDay[$0] } == [5, 50, 200])
        #expect(economy.votePairRedisDays == 30)
        #expect(economy.dailyLoginGems == 1 && economy.streakAwardSpacingHours == 20)
        #expect(economy.weekStreakGems == 5 && economy.weekStreakDays == 7)
        #expect(economy.monthStreakGems == 25 && economy.monthStreakDays == 30)
        #expect(economy.referralGems == 10 && economy.referralActiveDays == 3)
        #expect(economy.referralMultiplier == 2 && economy.referralMultiplierHours == 24)
        #expect(economy.trendingGems == 5 && economy.trendingRank == 50 && economy.trendingMinimumVotes == 20)
        #expect(economy.dailyEmissionPerPerson == 200 && economy.dailyEmissionInAll == 1_000_000)
        #expect(economy.giftableAfterHours == 72)
    }

    /// A new community of friends is no fraud, and neither is a school or an office.
    @Test func `no signal flags a vote for itself, nor all of them without a shared address or device`() {
        let fraud = economy.fraud
        #expect(fraud.addressWeight < fraud.threshold && fraud.deviceWeight < fraud.threshold)
        let personal = fraud.ageWeight + fraud.velocityWeight + fraud.reciprocityWeight + fraud.trustWeight
        #expect(personal < fraud.threshold)
    }

    @Test func `a gem multiplied is rounded toward zero`() {
        #expect(Gems(3).multiplied(by: 1.5) == 4 && Gems(-3).multiplied(by: 1.5) == -4)
        #expect(Gems(7).multiplied(by: 2) == 14 && Gems(1).multiplied(by: 0.99) == 0)
    }
}
