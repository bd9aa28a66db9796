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

    /// Streams, totals and keys are written by it: another partition for the same id would lose them all.
    @Test(
        arguments: [
            ("000000000000000000000000", "{u07}", "{p15}"), ("ffffffffffffffffffffffff", "{u04}", "{p04}"),
            ("65a1b2c3d4e5f60718293a4b", "{u03}", "{p11}"), ("65a1b2c3d4e5f60718293a4c", "{u06}", "{p14}"),
        ])
    func `the partition of an id is the same in every release`(hex: String, people: String, posts: String) throws {
        #expect(Partition(of: try #require(UserID(hex: hex))).tag == people)
        #expect(PostPartition(of: try #require(PostID(hex: hex))).tag == posts)
    }

    @Test func `ids sort by their bytes`() {
        let ids = ["65a1b2c3d4e5f60718293a4b", "65a1b2c3d4e5f60718293a4c", "75a1b2c3d4e5f60718293a4b"]
        #expect(ids.reversed().compactMap(PostID.init(hex:)).sorted().map(\.hex) == ids)
    }

    @Test func `a picture that is done, failed or given up changes no more`() {
        #expect(GenerationStatus.allCases.filter(\.isTerminal) == [.completed, .failed, .cancelled])
    }

    @Test(arguments: ["ann@example.org", "a.b+c@x-y.example", "ü@bücher.example"])
    func `an address is accepted`(text: String) {
        #expect(NameRules.isEmail(text))
    }

    @Test(arguments: [
        "", "a", "@b.c", "a@b", "a@@b.c", "a b@c.d", ".a@b.c", "a.@b.c", "a@-b.c", "a@b..c", "a\n@b.c", "a@b-.c",
        "a\u{7F}@b.c", "a,b@c.d", "a<b@c.d",
    ])
    func `what can't be an address is refused`(text: String) {
        #expect(!NameRules.isEmail(text))
    }

    @Test func `the parts of an address are as long as mail allows, and no longer`() {
        func text(_ length: Int) -> String { String(repeating: "a", count: length) }
        #expect(NameRules.isEmail("\(text(64))@b.c") && !NameRules.isEmail("\(text(65))@b.c"))
        #expect(NameRules.isEmail("a@\(text(63)).c") && !NameRules.isEmail("a@\(text(64)).c"))
        let labels = "\(text(63)).\(text(63))"
        #expect(NameRules.isEmail("\(text(64))@\(labels).\(text(61))"), "254 bytes")
        #expect(!NameRules.isEmail("\(text(64))@\(labels).\(text(62))"), "255 bytes")
    }

    @Test func `names are as long as the API says, and those that differ in case are one`() {
        for length in [3, 30] { #expect(NameRules.isUsername(String(repeating: "a", count: length))) }
        #expect(NameRules.displayNameLength == 1...50 && NameRules.bioLength == 0...160)
        #expect(NameRules.passwordLength == 8...256)
        #expect(NameRules.fold("Ann_Ü") == NameRules.fold("aNN_ü"))
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

    @Test(arguments: [(1, 0, 0, 0, 1), (0, 1, 0, 0, 2), (0, 0, 1, 0, 3), (0, 0, 0, 50, 0.5)])
    func `each deed has its own weight`(votes: Int, comments: Int, shares: Int, views: Int, weight: Double) {
        let post = Engagement(votes: votes, comments: comments, shares: shares, views: views)
        #expect(RankingRules.engagement(post) == weight)
    }

    @Test func `what trends is worth an eighth after two hours, and a clock that runs ahead changes nothing`() {
        let post = Engagement(votes: 8, comments: 0, shares: 0, views: 0)
        #expect(abs(RankingRules.trending(post, age: .hours(2)) - 1) < 1e-9)
        #expect(abs(RankingRules.trending(post, age: .hours(7)) - 8.0 / 27) < 1e-9)
        #expect(RankingRules.trending(post, age: .zero - .hours(3)) == RankingRules.trending(post, age: .zero))
    }

    @Test func `a vote proves a view`() {
        #expect(RankingRules.hot(votes: 10, uniqueViewers: 0) == RankingRules.hot(votes: 10, uniqueViewers: 10))
        #expect(RankingRules.hot(votes: 10, uniqueViewers: 3) < 1)
    }

    @Test func `daily boards are kept three days, weekly ones three weeks`() {
        #expect(LeaderboardPeriod.allCases.map(\.retention) == [.days(3), .days(21), nil])
    }

    @Test func `boards are named by UTC day and ISO week`() {
        let instant = Instant(milliseconds: 1_795_252_645_678)
        #expect(LeaderboardPeriod.allCases.map { $0.key(at: instant) } == ["2026-11-21", "2026-W47", "all"])
    }
}
