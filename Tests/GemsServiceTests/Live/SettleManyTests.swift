import BSON
import Domain
import Events
import Ledger
import RedisClient
import Testing

@testable import GemsService

/// Many authors at once, as events and the sweep settle them.
struct SettleManyTests {
    @Test func `one pass pays everything that is due, however much, and takes back the rest`() async throws {
        try await GemsFixture.run { (gems: GemsFixture) async throws in
            let (rich, other, reversed) = (UserID.new(), UserID.new(), UserID.new())
            try await gems.setVotes(30, of: reversed)
            try await gems.settle(reversed)
            try await gems.setVotes(1_400, of: rich)
            try await gems.setVotes(20, of: other)
            try await gems.setVotes(10, of: reversed)
            #expect(try await gems.settle.settle([rich, other, reversed, rich]) == 144)
            #expect(try await gems.ledger.head(of: rich).balance == 140)
            #expect(try await gems.ledger.head(of: other).balance == 2)
            #expect(try await gems.ledger.head(of: reversed).balance == 1)
            #expect(try await gems.verify().isClean)
        }
    }

    @Test func `the steps of a gem are its own, not those of gems whose numbers begin alike`() async throws {
        try await GemsFixture.run { (gems: GemsFixture) async throws in
            let author = UserID.new()
            for votes in [110, 0, 110] as [Int64] {
                try await gems.setVotes(votes, of: author)
                try await gems.settle.settle([author])
            }
            #expect(try await gems.ledger.nextStep(ofGem: 1, for: author) == 3)
            #expect(try await gems.ledger.head(of: author).balance == 11)
            #expect(try await gems.verify().isClean)
        }
    }

    @Test func `the newest vote of all partitions decides what a gem is worth`() async throws {
        try await GemsFixture.run { (gems: GemsFixture) async throws in
            let author = UserID.new()
            try await gems.setVotes(5, of: author, partition: 1)
            gems.advance(.hours(1))
            try await gems.setReferral(of: author, by: .new(), validatedAt: gems.now)
            gems.advance(.hours(1))
            try await gems.setVotes(5, of: author, partition: 2)
            #expect(try await gems.settle.settle([author]) == 1)
            #expect(try await gems.ledger.head(of: author).balance == 2)
        }
    }

    @Test func `what a cap puts off is paid from midnight on, and what it puts off again stays put off`() async throws {
        var economy = EconomyConfiguration.standard
        economy.dailyEmissionPerPerson = 5
        try await GemsFixture.run(economy: economy) { (gems: GemsFixture) async throws in
            let (author, early) = (UserID.new(), UserID.new())
            try await gems.setVotes(120, of: early)
            #expect(try await gems.settle(early) == 5)
            gems.advance(.minutes(1))
            try await gems.setVotes(120, of: author)
            #expect(try await gems.settle.settle([author]) == 5)
            let first = try await gems.verify()
            #expect(first.isClean && first.deferred == 14 && first.pending == 0)
            gems.clock.withLock { $0 = $0.nextUTCDay }
            // What waited for a day that has come is due like any other.
            let morning = try await gems.verify(settled: false)
            #expect(morning.deferred == 0 && morning.pending == 14)
            // Whose gems have waited longest comes first.
            #expect(try await gems.dueGems.authorsDue(at: gems.now, limit: 10) == [early, author])
            #expect(try await gems.dueGems.authorsDue(at: gems.now - .milliseconds(1), limit: 10) == [])
            // No total has changed since: the sweep looks at what waited, and at nothing else.
            try await SettlementSweep(settle: gems.settle, log: .init(label: "test")).pass(since: gems.now)
            let second = try await gems.verify()
            #expect(second.isClean && second.paid == 20 && second.deferred == 4 && second.pending == 0)
            gems.clock.withLock { $0 = $0.nextUTCDay }
            #expect(try await gems.settle.settle([author, early]) == 4)
            #expect(try await gems.dueGems.authorsDue(at: gems.now, limit: 10) == [])
            #expect(try await gems.verify().isClean)
        }
    }

    @Test func `books that moved on since they were seen cost an attempt, no gem and nothing of the day`() async throws
    {
        var economy = EconomyConfiguration.standard
        economy.dailyEmissionInAll = 6
        try await GemsFixture.run(economy: economy) { (gems: GemsFixture) async throws in
            let (author, settle) = (UserID.new(), gems.settle)
            for round in 1...3 as ClosedRange<Int64> {
                try await gems.setVotes(round * 20, of: author)
                #expect(try await settle.settle([author], remembering: true) == 2)
                // Somebody else writes: the head that was remembered is none any more.
                try await gems.give(1, to: author)
            }
            #expect(try await gems.ledger.head(of: author).paidGems == 6)
            #expect(try await gems.verify().isClean)
        }
    }

    /// An author's books that nobody can read, and those of others.
    private func damaged(_ gems: GemsFixture) async throws -> (damaged: UserID, others: [UserID]) {
        let (author, others) = (UserID.new(), [UserID.new(), .new()])
        for user in others + [author] { try await gems.setVotes(10, of: user) }
        try await gems.give(1, to: author)
        try await gems.client.collection("gem_transactions").update(
            ["userId": .id(author)], ["$set": ["head": .document([:])]])
        return (author, others)
    }

    private func delivery(_ author: UserID, _ place: UInt64, _ gems: GemsFixture) -> StreamDelivery {
        let event = OutgoingEvent(
            AuthorVoteTotalsChanged(
                authorID: author, partition: 0, displayed: 10, accepted: 10, version: 1, at: gems.now), at: gems.now)
        let fields: [(name: String, value: [UInt8])] = [
            ("type", Array(event.type.utf8)), ("id", Array(event.id.hex.utf8)),
            ("at", Array("\(gems.now.milliseconds)".utf8)), ("data", event.data),
        ]
        return StreamDelivery(
            stream: RedisKey("s"),
            entry: RedisStreamEntry(id: RedisStreamID(milliseconds: 1, sequence: place), fields: fields))
    }

    @Test func `an author whose books cannot be read keeps nobody else's event, and is not acknowledged`() async throws
    {
        try await GemsFixture.run { (gems: GemsFixture) async throws in
            let (damaged, others) = try await damaged(gems)
            let deliveries = [others[0], damaged, others[1], damaged].enumerated().map { place, author in
                delivery(author, UInt64(place), gems)
            }
            let outcomes = await SettlementBatches(settle: gems.settle, log: .init(label: "test")).handle(deliveries)
            #expect(outcomes[0] == .done && outcomes[2] == .done)
            #expect(outcomes[1] != .done && outcomes[3] == outcomes[1])
            for author in others { #expect(try await gems.ledger.head(of: author).balance == 1) }
        }
    }

    @Test func `the sweep settles the others of an author whose books cannot be read`() async throws {
        try await GemsFixture.run { (gems: GemsFixture) async throws in
            let others = try await damaged(gems).others
            try await SettlementSweep(settle: gems.settle, log: .init(label: "test")).pass()
            for author in others { #expect(try await gems.ledger.head(of: author).balance == 1) }
        }
    }
}
