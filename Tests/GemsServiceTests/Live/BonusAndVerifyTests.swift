import BSON
import Domain
import Ledger
import Testing

@testable import GemsService

struct BonusAndVerifyTests {
    @Test func `a day's first activity is awarded once, whatever comes after it`() async throws {
        try await GemsFixture.run { gems in
            let user = UserID.new()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<8 {
                    group.addTask { try await gems.streaks(user, activeAt: gems.now, timeZone: "Europe/Berlin") }
                }
                try await group.waitForAll()
            }
            #expect(try await gems.ledger.head(of: user).balance == 1)
            for _ in 1..<7 {
                gems.advance(.days(1))
                try await gems.streaks(user, activeAt: gems.now, timeZone: "Europe/Berlin")
            }
            // Seven logins and the bonus of the seventh day.
            #expect(try await gems.ledger.head(of: user).balance == 12)
            let stored = try await gems.client.collection("streaks").findByID(.id(user))
            #expect(stored?.int("current") == 7 && stored?.int64("version") == 7)
            #expect(stored?.array("outbox")?.count == 7)
        }
    }

    @Test func `clock steps and a change of zone grant nothing extra`() async throws {
        try await GemsFixture.run { gems in
            let user = UserID.new()
            try await gems.streaks(user, activeAt: gems.now, timeZone: "UTC")
            try await gems.streaks(user, activeAt: gems.now - .hours(1), timeZone: "UTC")
            try await gems.streaks(user, activeAt: gems.now + .hours(1), timeZone: "Pacific/Kiritimati")
            try await gems.streaks(user, activeAt: gems.now + .hours(19), timeZone: "Pacific/Kiritimati")
            #expect(try await gems.ledger.head(of: user).balance == 1)
            // The day that the other zone brought forward is paid twenty hours after the first, and is no other's again.
            gems.advance(.hours(20))
            try await gems.bonusSweep.pass()
            gems.advance(.hours(4))
            try await gems.streaks(user, activeAt: gems.now, timeZone: "UTC")
            try await gems.bonusSweep.pass()
            #expect(try await gems.ledger.head(of: user).balance == 2)
        }
    }

    @Test func `who comes late one day and early on the next keeps the run, and has its gem later that day`()
        async throws
    {
        try await GemsFixture.run { (gems: GemsFixture) async throws in
            let user = UserID.new()
            let midnight = gems.now.nextUTCDay
            for (day, hours) in [23, 10, 10, 8].enumerated() {
                gems.clock.withLock { $0 = midnight + .hours(24 * day + hours) }
                try await gems.streaks(user, activeAt: gems.now, timeZone: "UTC")
                try await gems.bonusSweep.pass()
                #expect(try await gems.ledger.head(of: user).balance == (day == 0 ? 1 : Gems(Int64(day))))
                #expect(try await gems.verify().waitingBonuses == (day == 0 ? 0 : 1))
                gems.clock.withLock { $0 = midnight + .hours(24 * day) + .hours(23) }
                try await gems.bonusSweep.pass()
                #expect(try await gems.ledger.head(of: user).balance == Gems(Int64(day + 1)))
            }
            #expect(try await gems.client.collection("streaks").findByID(.id(user))?.int("current") == 4)
            // A crash between the awards and the streak repeats them.
            let again = Bonus(
                user: user, key: "login:\((midnight + .days(3)).utcDay)", gems: 1, source: .dailyLogin,
                reference: ("streak", "x"), description: "Daily login")
            try await gems.pay.postpone(again, until: gems.now)
            try await gems.bonusSweep.pass()
            #expect(try await gems.ledger.head(of: user).balance == 4)
            #expect(try await gems.verify().waitingBonuses == 0)
            #expect(try await gems.verify().isClean)
        }
    }

    @Test func `a day is one of the person's own calendar, and a run begun anew is paid like the first`() async throws {
        try await GemsFixture.run { (gems: GemsFixture) async throws in
            let user = UserID.new()
            // The fixture's day begins at 14:13 in UTC, which is the next day in Auckland.
            try await gems.streaks(user, activeAt: gems.now, timeZone: "Pacific/Auckland")
            let streaks = gems.client.collection("streaks")
            let nextDay = gems.now.nextUTCDay.utcDay
            #expect(try await streaks.findByID(.id(user))?.string("lastDay") == nextDay)
            #expect(try await gems.ledger.entries(of: user, limit: 9).map(\.key) == ["login:\(nextDay)"])
            gems.advance(.days(3))
            try await gems.streaks(user, activeAt: gems.now, timeZone: "Pacific/Auckland")
            #expect(try await streaks.findByID(.id(user))?.int("current") == 1)
            #expect(try await gems.ledger.head(of: user).balance == 2)
        }
    }

    @Test func `of two days at once the later one stands`() async throws {
        try await GemsFixture.run { (gems: GemsFixture) async throws in
            let (first, second) = (gems.now, gems.now + .days(1))
            for _ in 0..<6 {
                let user = UserID.new()
                try await gems.streaks(user, activeAt: first - .days(1), timeZone: "UTC")
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for instant in [first, second] {
                        group.addTask { try await gems.streaks(user, activeAt: instant, timeZone: "UTC") }
                    }
                    try await group.waitForAll()
                }
                let stored = try await gems.client.collection("streaks").findByID(.id(user))
                #expect(stored?.string("lastDay") == second.utcDay)
            }
        }
    }

    @Test func `zones that nobody knows count as UTC`() {
        let time = LocalTime()
        let summer = Instant(milliseconds: 1_783_000_000_000)
        #expect(time.utcOffset(of: "Europe/Berlin", at: summer) == .seconds(7200))
        #expect(time.utcOffset(of: "../../etc/passwd", at: summer) == .zero)
        #expect(time.utcOffset(of: "Mars/Olympus", at: summer) == .zero)
    }

    @Test func `a changed entry is found and named`() async throws {
        try await GemsFixture.run { gems in
            let user = UserID.new()
            for _ in 0..<3 { try await gems.give(5, to: user) }
            #expect(try await gems.verify().isClean)
            let second = try #require(try await gems.ledger.entries(of: user, limit: 3).dropFirst().first)
            try await gems.client.collection("gem_transactions").update(
                ["_id": .id(second.id)], ["$set": ["amount": .int64(7)]])
            let report = try await gems.verify()
            #expect(!report.isClean)
            #expect(report.faults.allSatisfy { $0.entryID == second.id.hex })
            #expect(report.faults.contains { $0.reason.contains("was changed") })
        }
    }

    @Test func `a missing entry and a payment without votes are found`() async throws {
        try await GemsFixture.run { gems in
            let (user, author) = (UserID.new(), UserID.new())
            for _ in 0..<3 { try await gems.give(5, to: user) }
            let second = try #require(try await gems.ledger.entries(of: user, limit: 3).dropFirst().first)
            try await gems.client.collection("gem_transactions").delete(["_id": .id(second.id)])
            #expect(try await gems.verify().faults.contains { $0.seq == 3 })
            try await gems.setVotes(10, of: author)
            try await gems.settle(author)
            try await gems.setVotes(9, of: author)
            let report = try await gems.verify()
            #expect(report.pending == -1 && report.disagreements.contains { $0.contains(author.hex) })
        }
    }

    @Test func `books as of a moment are those of that moment`() async throws {
        try await GemsFixture.run { gems in
            let user = UserID.new()
            try await gems.give(5, to: user)
            let moment = gems.now
            gems.advance(.minutes(1))
            try await gems.give(7, to: user)
            let report = try await VerifyBooks(
                database: gems.database, economy: gems.economy, now: gems.now, options: .init(asOf: moment)
            ).run()
            #expect(report.isClean && report.balances == [user: 5])
        }
    }

    @Test func `holds of jobs that ended are closed by the sweeper`() async throws {
        try await GemsFixture.run { gems in
            let user = UserID.new()
            try await gems.give(5, to: user)
            let job = GenerationID.new()
            try await gems.ledger.hold(2, of: user, as: job.hex, reference: ("generation", job.hex))
            try await gems.sweeper.pass()
            #expect(try await gems.ledger.head(of: user).held == 2)
            gems.advance(.minutes(11))
            try await gems.sweeper.pass()
            let head = try await gems.ledger.head(of: user)
            #expect(head.held == 0 && head.balance == 5)
            #expect(try await gems.verify().isClean)
        }
    }
}
