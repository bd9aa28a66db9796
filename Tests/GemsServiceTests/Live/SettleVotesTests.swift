import Domain
import Ledger
import Runtime
import TestSupport
import Testing

@testable import GemsService

struct SettleVotesTests {
    @Test func `every ten votes make a gem, over all partitions`() async throws {
        try await GemsFixture.run { gems in
            let author = UserID.new()
            try await gems.setVotes(17, of: author, partition: 0)
            try await gems.setVotes(18, of: author, partition: 3)
            #expect(try await gems.settle(author) == 3)
            #expect(try await gems.settle(author) == 0)
            let entries = try await gems.ledger.entries(of: author, limit: 10)
            #expect(entries.map(\.key) == ["votes:3:0", "votes:2:0", "votes:1:0"])
            #expect(try await gems.ledger.head(of: author).balance == 3)
            #expect(try await gems.verify().isClean)
        }
    }

    @Test func `a reversed gem is taken back, and paid again under its next step`() async throws {
        try await GemsFixture.run { gems in
            let author = UserID.new()
            for votes in [30, 19, 30, 5, 20] as [Int64] {
                try await gems.setVotes(votes, of: author)
                try await gems.settle(author)
                #expect(try await gems.ledger.head(of: author).balance == Gems(votes / 10))
            }
            #expect(try await gems.ledger.nextStep(ofGem: 2, for: author) == 5)
            #expect(try await gems.ledger.nextStep(ofGem: 3, for: author) == 4)
            #expect(try await gems.verify().isClean)
        }
    }

    @Test func `what was spent already becomes debt, which later gems pay`() async throws {
        try await GemsFixture.run { gems in
            let author = UserID.new()
            try await gems.setVotes(30, of: author)
            try await gems.settle(author)
            _ = try await gems.purchase("frame-bronze", by: author, key: "1")
            try await gems.setVotes(0, of: author)
            try await gems.settle(author)
            let poor = try await gems.ledger.head(of: author)
            #expect(poor.balance == 0 && poor.debt == 3)
            try await gems.setVotes(50, of: author)
            try await gems.settle(author)
            let later = try await gems.ledger.head(of: author)
            #expect(later.balance == 2 && later.debt == 0)
            #expect(try await gems.verify().isClean)
            // A debt that a bonus paid is nowhere else: the books know.
            try await gems.setVotes(0, of: author)
            try await gems.settle(author)
            #expect(try await gems.ledger.head(of: author).debt == 3)
            try await gems.give(5, to: author)
            #expect(try await gems.ledger.head(of: author).balance == 2)
            let report = try await gems.verify()
            #expect(report.isClean && report.repaidByBonuses == 3)
        }
    }

    @Test func `many workers at once pay each gem once while votes change under them`() async throws {
        try await GemsFixture.run { gems in
            let author = UserID.new()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<6 {
                    group.addTask { for _ in 0..<4 { try await gems.settle(author) } }
                }
                group.addTask {
                    for votes in [20, 90, 35, 60, 110, 80] as [Int64] { try await gems.setVotes(votes, of: author) }
                }
                try await group.waitForAll()
            }
            try await gems.settle(author)
            #expect(try await gems.ledger.head(of: author).balance == 8)
            let report = try await gems.verify()
            #expect(report.isClean, "\(VerifyCommand.text(of: report, showsBalances: false))")
        }
    }

    @Test func `votes that went while a worker held them are not paid by its second try`() async throws {
        try await GemsFixture.run { (gems: GemsFixture) async throws in
            let author = UserID.new()
            try await gems.setVotes(20, of: author)
            let settle = gems.settle
            let (knows, goOn) = (Locked(false), AsyncStream<Void>.makeStream())
            defer { goOn.continuation.finish() }
            // As a settlement does it, stopped when it knows head and votes.
            let worker = Task {
                let share = BudgetShare(of: settle.budget)
                return try await gems.ledger.follow(author) { head, now throws(LedgerError) in
                    let votes = try await VoteTotals.of(author, in: gems.database)
                    if head.seq == 0 {
                        knows.withLock { $0 = true }
                        for await _ in goOn.stream {}
                    }
                    return try await settle.posting(after: head, votes, of: author, at: now, share)
                }
            }
            try await eventually("the worker to know the votes") { knows.withLock { $0 } }
            #expect(try await gems.settle(author) == 2)
            try await gems.setVotes(0, of: author)
            #expect(try await gems.settle(author) == 2)
            goOn.continuation.finish()
            #expect(try await worker.value == nil)
            #expect(try await gems.ledger.head(of: author).seq == 4)
            #expect(try await gems.verify().isClean)
        }
    }

    @Test func `a settlement cut off anywhere and run again pays once`() async throws {
        try await GemsFixture.run { gems in
            let author = UserID.new()
            for round in 1...15 {
                try await gems.setVotes(Int64(round * 20), of: author)
                let cut = Task { try await gems.settle(author) }
                try await Task.sleep(for: .microseconds(Int.random(in: 0...8_000)))
                cut.cancel()
                _ = await cut.result
            }
            try await gems.settle(author)
            let head = try await gems.ledger.head(of: author)
            #expect(head.balance == 30 && head.seq == 30)
            #expect(try await gems.verify().isClean)
        }
    }

    @Test func `gems above a person's daily cap wait for the next day`() async throws {
        var economy = EconomyConfiguration.standard
        economy.dailyEmissionPerPerson = 5
        try await GemsFixture.run(economy: economy) { gems in
            let author = UserID.new()
            try await gems.setVotes(120, of: author)
            #expect(try await gems.settle(author) == 5)
            #expect(try await gems.settle(author) == 0)
            let report = try await gems.verify()
            #expect(report.paid == 5 && report.deferred == 7 && report.pending == 0 && report.isClean)
            gems.advance(.days(1))
            #expect(try await gems.dueGems.authorsDue(at: gems.now, limit: 10) == [author])
            #expect(try await gems.settle(author) == 5)
            gems.advance(.days(1))
            #expect(try await gems.settle(author) == 2)
            #expect(try await gems.dueGems.authorsDue(at: gems.now, limit: 10) == [])
        }
    }

    /// Midnight has been, a worker's clock is an hour late: to it the author's day looks empty.
    @Test(arguments: [false, true])
    func `a clock that is set back across midnight opens no day anew`(asBatch: Bool) async throws {
        var economy = EconomyConfiguration.standard
        economy.dailyEmissionPerPerson = 5
        try await GemsFixture.run(economy: economy) { (gems: GemsFixture) async throws in
            let (author, settle) = (UserID.new(), gems.settle)
            let pass = { () async throws in
                asBatch ? try await settle.settle([author]) : try await settle(author)
            }
            let late = gems.now.nextUTCDay + .minutes(10)
            gems.clock.withLock { $0 = late }
            try await gems.setVotes(120, of: author)
            #expect(try await pass() == 5)
            gems.clock.withLock { $0 = late - .hours(1) }
            #expect(try await pass() == 0)
            gems.clock.withLock { $0 = late + .hours(1) }
            #expect(try await pass() == 0)
            #expect(try await gems.ledger.head(of: author).earnedOnDay == 5)
            gems.clock.withLock { $0 = late.nextUTCDay }
            #expect(try await pass() == 5)
            #expect(try await gems.verify().isClean)
        }
    }

    @Test func `a gem that waits and is no longer due is forgotten when its day has come`() async throws {
        var economy = EconomyConfiguration.standard
        economy.dailyEmissionPerPerson = 5
        try await GemsFixture.run(economy: economy) { gems in
            let author = UserID.new()
            try await gems.setVotes(60, of: author)
            try await gems.settle(author)
            try await gems.setVotes(50, of: author)
            gems.advance(.days(1))
            #expect(try await gems.dueGems.authorsDue(at: gems.now, limit: 10) == [author])
            try await SettlementSweep(settle: gems.settle, log: .init(label: "test")).pass()
            #expect(try await gems.dueGems.authorsDue(at: gems.now, limit: 10) == [])
            #expect(try await gems.ledger.head(of: author).balance == 5)
        }
    }

    @Test func `the day's budget is never exceeded by any number of workers`() async throws {
        var economy = EconomyConfiguration.standard
        economy.dailyEmissionInAll = 30
        try await GemsFixture.run(economy: economy) { gems in
            let authors = (0..<5).map { _ in UserID.new() }
            for author in authors { try await gems.setVotes(100, of: author) }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for author in authors {
                    let settle = gems.settle  // a lease of its own, as in another process
                    group.addTask { try await settle(author) }
                }
                try await group.waitForAll()
            }
            var sum: Gems = 0
            for author in authors { sum = sum + (try await gems.ledger.head(of: author).balance) }
            #expect(sum <= 30 && sum >= 20)
            let report = try await gems.verify()
            #expect(report.isClean && report.paid + report.deferred == 50)
        }
    }

    @Test func `the multiplier of a gem is fixed when it first falls due`() async throws {
        try await GemsFixture.run { gems in
            let author = UserID.new()
            try await gems.setReferral(of: author, by: .new(), validatedAt: gems.now - .hours(1))
            try await gems.setVotes(10, of: author)
            try await gems.settle(author)
            gems.advance(.hours(24))
            #expect(try await gems.ledger.head(of: author).balance == 2)
            try await gems.setVotes(0, of: author)
            try await gems.settle(author)
            #expect(try await gems.ledger.head(of: author).balance == 0)
            try await gems.setVotes(20, of: author)
            try await gems.settle(author)
            #expect(try await gems.ledger.head(of: author).balance == 3)
            #expect(try await gems.verify().isClean)
        }
    }

    @Test func `the sweep finds authors whom no event named`() async throws {
        try await GemsFixture.run { gems in
            let authors = (0..<7).map { _ in UserID.new() }
            for author in authors { try await gems.setVotes(10, of: author) }
            try await SettlementSweep(settle: gems.settle, log: .init(label: "test")).pass()
            for author in authors { #expect(try await gems.ledger.head(of: author).balance == 1) }
        }
    }
}
