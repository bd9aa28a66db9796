import BSON
import Domain
import Events
import Ledger
import Records
import Testing

@testable import GemsService

struct BonusCapTests {
    private func bonus(_ key: String, _ gems: Gems, for user: UserID) -> Bonus {
        Bonus(
            user: user, key: key, gems: gems, source: .referral, reference: ("referral", key), description: "a bonus")
    }

    @Test func `a bonus that a person's day has no room for is paid on the next`() async throws {
        var economy = EconomyConfiguration.standard
        economy.dailyEmissionPerPerson = 12
        try await GemsFixture.run(economy: economy) { (gems: GemsFixture) async throws in
            let user = UserID.new()
            #expect(try await gems.pay(bonus("a", 10, for: user)) != nil)
            #expect(try await gems.pay(bonus("b", 10, for: user)) == nil)
            #expect(try await gems.pay(bonus("b", 10, for: user)) == nil)
            // What waits does not keep smaller things from what is left of the day.
            #expect(try await gems.pay(bonus("c", 2, for: user)) != nil)
            #expect(try await gems.pay.payWaiting() == 0)
            #expect(try await gems.ledger.head(of: user).balance == 12)
            gems.advance(.days(1))
            #expect(try await gems.pay.payWaiting() == 1)
            #expect(try await gems.pay.payWaiting() == 0)
            #expect(try await gems.ledger.head(of: user).balance == 22)
            #expect(try await gems.client.collection("due_bonuses").count() == 0)
            #expect(try await gems.verify().isClean)
        }
    }

    @Test func `bonuses and vote gems share the day's budget, and what waited longest is paid first`() async throws {
        var economy = EconomyConfiguration.standard
        economy.dailyEmissionInAll = 30
        try await GemsFixture.run(economy: economy) { (gems: GemsFixture) async throws in
            let people = (0..<5).map { _ in UserID.new() }
            let pay = gems.pay
            var paid = 0
            for person in people {
                gems.advance(.milliseconds(5))
                if try await pay(bonus("x", 10, for: person)) != nil { paid += 1 }
            }
            #expect(paid == 3)
            let author = UserID.new()
            try await gems.setVotes(10, of: author)
            #expect(try await gems.settle(author) == 0)
            gems.advance(.days(1))
            #expect(try await pay.payWaiting(limit: 1) == 1)
            #expect(try await gems.ledger.head(of: people[3]).balance == 10)
            #expect(try await gems.ledger.head(of: people[4]).balance == 0)
        }
    }

    @Test func `a bonus that waits and does not fit into the next day either goes on waiting`() async throws {
        var economy = EconomyConfiguration.standard
        economy.dailyEmissionPerPerson = 10
        try await GemsFixture.run(economy: economy) { (gems: GemsFixture) async throws in
            let user = UserID.new()
            let names = ["a", "b", "c"]
            for name in names {
                _ = try await gems.pay(bonus(name, 6, for: user))
                gems.advance(.milliseconds(1))
            }
            for day in 1...3 {
                #expect(try await gems.ledger.head(of: user).balance == Gems(Int64(6 * day)))
                #expect(try await gems.verify().waitingBonuses == Gems(Int64(6 * (3 - day))))
                gems.clock.withLock { $0 = $0.nextUTCDay }
                try await gems.bonusSweep.pass()
            }
            #expect(try await gems.verify().isClean)
        }
    }

    @Test func `a clock that is set back across midnight makes no room for a bonus`() async throws {
        var economy = EconomyConfiguration.standard
        economy.dailyEmissionPerPerson = 10
        try await GemsFixture.run(economy: economy) { (gems: GemsFixture) async throws in
            let user = UserID.new()
            gems.clock.withLock { $0 = $0.nextUTCDay }
            #expect(try await gems.pay(bonus("a", 6, for: user)) != nil)
            gems.advance(.hours(-1))
            #expect(try await gems.pay(bonus("b", 6, for: user)) == nil)
            #expect(try await gems.pay(bonus("c", 4, for: user))?.head.earnedOnDay == 10)
        }
    }

    @Test func `a gift takes nothing of its receiver's day`() async throws {
        var economy = EconomyConfiguration.standard
        economy.dailyEmissionPerPerson = 10
        try await GemsFixture.run(economy: economy) { (gems: GemsFixture) async throws in
            let (giver, friend) = (UserID.new(), UserID.new())
            for _ in 0..<2 { try await gems.give(5, to: giver) }
            let code = try #require(try await gems.purchase("gift-10", by: giver, key: "g").code)
            _ = try await gems.gifts.redeem(code: code, by: friend, request: "r")
            try await gems.setVotes(100, of: friend)
            #expect(try await gems.settle(friend) == 10)
            #expect(try await gems.ledger.head(of: friend).balance == 20)
            #expect(try await gems.verify().isClean)
        }
    }

    @Test func `a referrer is paid once for each newcomer`() async throws {
        try await GemsFixture.run { (gems: GemsFixture) async throws in
            let referrer = UserID.new()
            let award = AwardReferrals(pay: gems.pay)
            let newcomers = [UserID.new(), .new()]
            for newcomer in newcomers + newcomers {
                try await award(ReferralValidated(referrerID: referrer, newcomerID: newcomer, validatedAt: gems.now))
            }
            #expect(try await gems.ledger.head(of: referrer).balance == 20)
        }
    }

    @Test func `votes of the day after a validated referral are worth twice as much, for both of them`() async throws {
        try await GemsFixture.run { (gems: GemsFixture) async throws in
            let (referrer, newcomer, stranger) = (UserID.new(), UserID.new(), UserID.new())
            try await gems.setReferral(of: newcomer, by: referrer, validatedAt: gems.now)
            gems.advance(.hours(23))
            for author in [referrer, newcomer, stranger] { try await gems.setVotes(20, of: author) }
            #expect(try await gems.settle.settle([referrer, newcomer, stranger]) == 6)
            #expect(try await gems.ledger.head(of: referrer).balance == 4)
            #expect(try await gems.ledger.head(of: newcomer).balance == 4)
            #expect(try await gems.ledger.head(of: stranger).balance == 2)
            gems.advance(.hours(1))
            try await gems.setVotes(30, of: newcomer)
            #expect(try await gems.settle(newcomer) == 1)
            #expect(try await gems.ledger.head(of: newcomer).balance == 5)
            // Base gems: what votes make is the same whatever they are worth.
            let report = try await gems.verify()
            #expect(report.isClean && report.paid == 7)
        }
    }
}
