import BSON
import Domain
import Testing

@Suite struct IdentityTests {
    @Test func `people spread evenly over the partitions`() {
        var counts = Array(repeating: 0, count: Partition.count)
        for _ in 0..<1000 * Partition.count { counts[Partition(of: .new()).number] += 1 }
        #expect(counts.allSatisfy { (700...1300).contains($0) })
    }

    @Test func `a person's partition never changes`() throws {
        let user = try #require(UserID(hex: "65a1b2c3d4e5f60718293a4b"))
        #expect(Partition(of: user) == Partition(of: try #require(UserID(hex: user.hex))))
        #expect(Partition(of: user).tag.count == 5)
    }

    @Test(arguments: ["ann@example.org", "a.b+c@x-y.example", "ü@bücher.example"])
    func `an address is accepted`(text: String) {
        #expect(NameRules.isEmail(text))
    }

    @Test(arguments: ["", "a", "@b.c", "a@b", "a@@b.c", "a b@c.d", ".a@b.c", "a.@b.c", "a@-b.c", "a@b..c", "a\n@b.c"])
    func `what can't be an address is refused`(text: String) {
        #expect(!NameRules.isEmail(text))
    }

    @Test func `a user name has letters, digits and underscores`() {
        #expect(NameRules.isUsername("Ann_42"))
        for name in ["ab", "ann!", "änn", "a b c", String(repeating: "a", count: 31)] {
            #expect(!NameRules.isUsername(name))
        }
    }
}

@Suite struct RankingRulesTests {
    @Test func `Wilson's bound grows with evidence and never passes the share`() {
        #expect(RankingRules.hot(votes: 0, uniqueViewers: 0) == 0)
        #expect(RankingRules.hot(votes: 1, uniqueViewers: 1) < RankingRules.hot(votes: 100, uniqueViewers: 100))
        #expect(RankingRules.hot(votes: 50, uniqueViewers: 100) < 0.5)
        #expect(abs(RankingRules.hot(votes: 80, uniqueViewers: 100) - 0.7112) < 0.001)
    }

    @Test func `the older of two equal posts trends less`() {
        let post = Engagement(votes: 10, comments: 1, shares: 1, views: 100)
        #expect(RankingRules.engagement(post) == 16)
        #expect(RankingRules.trending(post, age: .hours(1)) > RankingRules.trending(post, age: .hours(2)))
    }

    @Test func `boards are named by UTC day and ISO week`() {
        let instant = Instant(milliseconds: 1_795_252_645_678)
        #expect(LeaderboardPeriod.allCases.map { $0.key(at: instant) } == ["2026-11-21", "2026-W47", "all"])
    }
}
