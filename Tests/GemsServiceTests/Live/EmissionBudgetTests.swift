import Domain
import Ledger
import Testing

@testable import GemsService

struct EmissionBudgetTests {
    private func economy(_ limit: Int64) -> EconomyConfiguration {
        var economy = EconomyConfiguration.standard
        economy.dailyEmissionInAll = limit
        return economy
    }

    /// Takes gem after gem until the day has no more.
    private func drain(_ budget: EmissionBudget, at now: Instant) async throws -> Int {
        var taken = 0
        while try await budget.take(1, at: now) { taken += 1 }
        return taken
    }

    @Test func `the last gems of a day are given too, and not one more`() async throws {
        let economy = economy(25)
        try await GemsFixture.run(economy: economy) { (gems: GemsFixture) async throws in
            let budget = EmissionBudget(database: gems.database, economy: economy)
            #expect(try await drain(budget, at: gems.now) == 25)
            #expect(try await drain(EmissionBudget(database: gems.database, economy: economy), at: gems.now) == 0)
            #expect(try await drain(budget, at: gems.now.nextUTCDay) == 25)
        }
    }

    @Test func `what is left of a day's lease is worth nothing on the next`() async throws {
        let economy = economy(100)
        try await GemsFixture.run(economy: economy) { (gems: GemsFixture) async throws in
            let budgets = (0..<2).map { _ in EmissionBudget(database: gems.database, economy: economy) }
            let tomorrow = gems.now.nextUTCDay
            for budget in budgets { #expect(try await budget.take(1, at: gems.now)) }
            #expect(try await budgets[1].take(1, at: tomorrow))
            #expect(try await drain(budgets[0], at: tomorrow) + drain(budgets[1], at: tomorrow) == 99)
        }
    }

    @Test func `what was taken yesterday is not given back to today`() async throws {
        let economy = economy(20)
        try await GemsFixture.run(economy: economy) { (gems: GemsFixture) async throws in
            let budget = EmissionBudget(database: gems.database, economy: economy)
            let tomorrow = gems.now.nextUTCDay
            #expect(try await budget.take(5, at: gems.now))
            #expect(try await budget.take(2, at: tomorrow))
            budget.giveBack(5, takenAt: gems.now)
            #expect(try await drain(budget, at: tomorrow) == 18)
            budget.giveBack(2, takenAt: tomorrow)
            #expect(try await drain(budget, at: tomorrow) == 2)
        }
    }

    @Test func `a share is what its entry needs now, on its day, and nothing more`() async throws {
        let economy = economy(20)
        try await GemsFixture.run(economy: economy) { (gems: GemsFixture) async throws in
            let budget = EmissionBudget(database: gems.database, economy: economy)
            let (share, tomorrow) = (BudgetShare(of: budget), gems.now.nextUTCDay)
            // Decided again, for a dearer entry and for a cheaper one.
            for price in [3, 5, 2] as [Gems] { #expect(try await share.cover(price, at: gems.now)) }
            #expect(try await drain(budget, at: gems.now) == 18)
            #expect(try await share.cover(4, at: tomorrow))
            #expect(try await drain(budget, at: gems.now) == 2)
            #expect(try await drain(budget, at: tomorrow) == 16)
            #expect(try await share.cover(5, at: tomorrow) == false)
            #expect(try await drain(budget, at: tomorrow) == 4)
            share.giveBack()
            #expect(try await drain(budget, at: tomorrow) == 0)
        }
    }

    @Test func `two days in turns lose nothing of either`() async throws {
        let economy = economy(20)
        try await GemsFixture.run(economy: economy) { (gems: GemsFixture) async throws in
            let budget = EmissionBudget(database: gems.database, economy: economy)
            let days = [gems.now, gems.now.nextUTCDay]
            for _ in 0..<20 { for day in days { #expect(try await budget.take(1, at: day)) } }
            for day in days { #expect(try await budget.take(1, at: day) == false) }
        }
    }

    @Test func `lost races take nothing of the day`() async throws {
        let economy = economy(60)
        try await GemsFixture.run(economy: economy) { (gems: GemsFixture) async throws in
            let (author, settle) = (UserID.new(), gems.settle)
            try await gems.setVotes(200, of: author)
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<6 { group.addTask { try await settle(author) } }
                try await group.waitForAll()
            }
            #expect(try await gems.ledger.head(of: author).balance == 20)
            #expect(try await drain(settle.budget, at: gems.now) == 40)
        }
    }

    @Test func `a bonus asked for again, or by several at once, takes its share of the day once`() async throws {
        let economy = economy(60)
        try await GemsFixture.run(economy: economy) { (gems: GemsFixture) async throws in
            let (user, pay) = (UserID.new(), gems.pay)
            let bonus = { @Sendable (key: String) in
                Bonus(
                    user: user, key: key, gems: 5, source: .referral, reference: ("referral", key), description: "b")
            }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for number in 0..<12 { group.addTask { _ = try await pay(bonus("a\(number / 3)")) } }
                try await group.waitForAll()
            }
            for _ in 0..<5 { #expect(try await pay(bonus("a0")) != nil) }
            #expect(try await gems.ledger.head(of: user).balance == 20)
            #expect(try await drain(pay.budget, at: gems.now) == 40)
            // A retry of what was paid is answered with it, though the day has no more.
            #expect(try await pay(bonus("a1"))?.amount == 5)
            #expect(try await pay(bonus("new")) == nil)
        }
    }
}
