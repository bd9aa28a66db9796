import Domain

@testable import GemsService
@testable import Ledger

/// A settlement worker: head, then E, then the gem's multiplier, then one insert.
final class SettleActor: Actor {
    private enum State {
        case idle
        case adding(UserID, LedgerHead?, partition: Int, votes: Int64)
        case hasVotes(UserID, LedgerHead, Int64)
        case fixed(UserID, LedgerHead, Int64, gem: Int64, step: Int64, multiplier: Double)
        case inserted(UserID, Int64)
        case inOrder(UserID)
    }

    let name: String
    private var state = State.idle

    init(name: String) { self.name = name }

    var isIdle: Bool { if case .idle = state { true } else { false } }
    func crash() { state = .idle }

    func step(_ world: World) throws -> String? {
        switch state {
        case .idle:
            guard let author = world.pick(world.authors) else { return nil }
            let head = world.fault == .readsVotesFirst ? nil : world.ledger.head(of: author)
            state = .adding(author, head, partition: 0, votes: 0)
            return "reads the head of \(author)"
        case .adding(let author, let head, let partition, let votes):
            guard partition < world.partitions.count else {
                state = .hasVotes(author, head ?? world.ledger.head(of: author), votes)
                return "has \(votes) votes"
            }
            // Rows are read one after the other: they need not be of one moment.
            let share = world.database.accepted(of: author, in: world.partitions[partition])
            state = .adding(author, head, partition: partition + 1, votes: votes + share)
            return "reads a row"
        case .hasVotes(let author, let head, let votes): return fix(author, head, votes, world)
        case .fixed(let author, let head, let votes, let gem, let step, let multiplier):
            return try settle(author, head, votes, gem, step, multiplier, world)
        case .inserted(let author, let gem):
            world.ledger.settled(gem, of: author)
            state = .idle
            return "notes gem \(gem) as settled"
        case .inOrder(let author):
            world.ledger.forgetDue(of: author, at: world.now)
            state = .idle
            return "forgets what is no longer due"
        }
    }

    private func fix(_ author: UserID, _ head: LedgerHead, _ votes: Int64, _ world: World) -> String {
        let rule = SettlementRule(economy: world.economy)
        guard let gem = rule.gem(after: head, atVotes: votes) else {
            state = .inOrder(author)
            return "finds the books in order"
        }
        let step = rule.isFirstOfItsKind(gem, after: head) ? 0 : world.ledger.nextStep(ofGem: gem, for: author)
        let decided = world.chance(25) ? 2.0 : 1.0
        let multiplier = world.ledger.multiplier(ofGem: gem, author: author, deciding: decided)
        state = .fixed(author, head, votes, gem: gem, step: step, multiplier: multiplier)
        return "gem \(gem), step \(step), times \(multiplier)"
    }

    private func settle(
        _ author: UserID, _ head: LedgerHead, _ votes: Int64, _ gem: Int64, _ step: Int64, _ multiplier: Double,
        _ world: World
    ) throws -> String {
        let rule = SettlementRule(economy: world.economy)
        state = .idle
        switch rule.next(after: head, atVotes: votes, step: step, multiplier: multiplier, at: world.now) {
        case .nothing: return "has nothing to do"
        case .postpone:
            world.ledger.postpone(gem, of: author, until: world.now.nextUTCDay)
            return "postpones gem \(gem)"
        case .pay(let posting, _), .takeBack(let posting, _):
            let entry = try LedgerEntry(posting, of: author, after: head, at: world.now)
            let outcome = world.ledger.insert(entry, isGuarded: world.fault != .allowsSecondKey)
            if outcome == .inserted {
                guard world.isJustified(gem: gem, paying: posting.source == .votes, of: author) else {
                    throw Broken("\(posting.key) of \(author) has no reason in the votes since the entry before it")
                }
                world.entered(author)
                state = .inserted(author, gem)
            }
            return "\(posting.key): \(outcome)"
        }
    }
}
