import BSON
import Domain
import Records

@testable import Ledger
@testable import VotingService

/// Compares the stores with the model, once everything has come to rest.
struct Verdict {
    private let world: World

    init(_ world: World) { self.world = world }

    func check() throws {
        try checkPairs()
        for author in world.authors { try checkVotes(of: author) }
        for post in world.posts { try checkDisplay(of: post) }
        for author in world.authors { try checkBooks(of: author) }
        try checkDays()
    }

    /// The books agree with the votes: paid = floor(E / votes per gem).
    var isSettled: Bool {
        world.authors.allSatisfy { author in
            world.ledger.head(of: author).paidGems == world.database.accepted(of: author) / world.economy.votesPerGem
        }
    }

    private func checkPairs() throws {
        try equal(world.database.pairs.count, world.model.votes.count, "pairs stored")
        // In one order, so that a seed always fails in the same way.
        for (pair, vote) in world.model.votes.sorted(by: { "\($0.key)" < "\($1.key)" }) {
            guard let record = world.database.pairs[VoteRecord.id(pair.post, pair.voter)] else {
                throw Broken("a vote is lost: \(pair)")
            }
            try equal(record.withdrawn, vote.isWithdrawn, "withdrawn, \(pair)")
            try equal(record.state, world.model.state(of: pair), "the state of \(pair)")
        }
    }

    private func checkVotes(of author: UserID) throws {
        let posts = world.posts(of: author)
        try equal(world.database.accepted(of: author), world.model.accepted(posts), "E of \(author)")
        let due = posts.reduce(0) { $0 + world.model.displayed($1) }
        let rows = world.partitions.compactMap { world.database.authors[.author(author, $0)] }
        try equal(rows.reduce(0) { $0 + $1.displayed }, due, "votes displayed of \(author)")
        let score = world.shares[author]?.values.reduce(0) { $0 + $1.share } ?? 0
        try equal(score, due, "the board's score of \(author)")
    }

    private func checkDisplay(of post: PostID) throws {
        let due = world.model.displayed(post)
        let rows = world.partitions.compactMap { world.database.posts[.post(post, $0)] }
        try equal(rows.reduce(0) { $0 + $1.displayed }, due, "votes stored as displayed of \(post)")
        let shown = world.rows[post]?.values.reduce(0) { $0 + $1.displayed } ?? 0
        try equal(shown, due, "votes that Redis shows of \(post)")
    }

    private func checkBooks(of author: UserID) throws {
        let entries = world.ledger.entries[author] ?? []
        var audit = LedgerAudit(of: author)
        for entry in entries { audit.take(entry.document) }
        if let fault = audit.faults.first { throw Broken("entry \(fault.seq) of \(author) \(fault.reason)") }
        let head = world.ledger.head(of: author)
        try equal(Set(entries.map(\.key)).count, entries.count, "distinct keys")
        let due = world.database.accepted(of: author) / world.economy.votesPerGem
        try equal(head.paidGems, due, "gems paid to \(author)")
        let base = entries.filter { $0.source == .votes || $0.source == .reversal }.reduce(0) { $0 + $1.baseAmount }
        try equal(base, Gems(due), "base gems of \(author)")
        try equal(audit.accounts.values.reduce(head.balance, +), 0, "balances and counter-accounts")
        try equal(head.balance - head.debt, audit.voteGems - head.spent - head.held, "the balance of \(author)")
        guard entries.allSatisfy({ $0.balanceAfter >= 0 }) else { throw Broken("a balance was negative") }
        try equal(world.ledger.deferred.keys.count { $0.hasPrefix("\(author)") }, 0, "gems still deferred")
    }

    /// No day gives a person, or everybody together, more than its caps.
    private func checkDays() throws {
        var issued: [String: Int64] = [:]
        for author in world.authors {
            for entry in world.ledger.entries[author] ?? [] where entry.source == .votes {
                let day = entry.createdAt.utcDay
                guard entry.head.earnedOnDay.count <= world.economy.dailyEmissionPerPerson else {
                    throw Broken("\(author) has \(entry.head.earnedOnDay) gems of \(day)")
                }
                issued[day, default: 0] += entry.baseAmount.multiplied(by: entry.multiplier).count
            }
        }
        for (day, count) in issued.sorted(by: { $0.key < $1.key }) {
            guard count <= world.economy.dailyEmissionInAll else { throw Broken("\(day) has \(count) gems") }
        }
    }

    private func equal<Value: Equatable>(_ value: Value?, _ wanted: Value?, _ what: String) throws {
        if value != wanted {
            throw Broken(
                "\(what): \(value.map { "\($0)" } ?? "nothing") where \(wanted.map { "\($0)" } ?? "nothing") is due")
        }
    }
}
