import Domain

@testable import GemsService
@testable import Ledger

/// A settlement worker: head and the entry's time, then E, then the gem's multiplier, then the day's budget, then one
/// insert.
final class SettleActor: Actor {
    /// What one entry is decided by.
    private struct Books {
        let author: UserID
        var head: LedgerHead
        var time: Instant
        var votes: Int64 = 0
    }

    private struct Decision {
        let books: Books
        let gem: Int64
        let posting: Posting
        /// What a paid gem takes out of its day's budget.
        let gross: Gems
    }

    private enum State {
        case idle
        case adding(Books, partition: Int)
        case hasVotes(Books)
        case fixed(Books, gem: Int64, step: Int64, multiplier: Double)
        case uncovered(Decision)
        case covered(Decision)
        case inserted(UserID, Int64)
        case inOrder(UserID)
    }

    let name: String
    private var state = State.idle
    /// Gems leased from days' budgets and not used.
    private var leased: [String: Int64] = [:]
    private static let block: Int64 = 2

    init(name: String) { self.name = name }

    var isIdle: Bool { if case .idle = state { true } else { false } }

    func crash() {
        state = .idle
        leased = [:]
    }

    func step(_ world: World) throws -> String? {
        switch state {
        case .idle:
            guard let author = world.pick(world.authors) else { return nil }
            state = .adding(Self.books(of: author, world), partition: 0)
            return "reads the head of \(author)"
        case .adding(var books, let partition):
            guard partition < world.partitions.count else {
                if world.fault == .readsVotesFirst { books.head = world.ledger.head(of: books.author) }
                state = .hasVotes(books)
                return "has \(books.votes) votes"
            }
            // Rows are read one after the other: they need not be of one moment.
            books.votes += world.database.accepted(of: books.author, in: world.partitions[partition])
            state = .adding(books, partition: partition + 1)
            return "reads a row"
        case .hasVotes(let books): return fix(books, world)
        case .fixed(let books, let gem, let step, let multiplier):
            return decide(books, gem: gem, step: step, multiplier, world)
        case .uncovered(let decision): return cover(decision, world)
        case .covered(let decision): return try insert(decision, world)
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

    private static func books(of author: UserID, _ world: World) -> Books {
        let head = world.ledger.head(of: author)
        let time = world.fault == .trustsClocks ? world.now : head.nextTime(clock: world.now)
        return Books(author: author, head: head, time: time)
    }

    private func fix(_ books: Books, _ world: World) -> String {
        let rule = SettlementRule(economy: world.economy)
        let author = books.author
        guard let gem = rule.gem(after: books.head, atVotes: books.votes) else {
            state = .inOrder(author)
            return "finds the books in order"
        }
        let step = rule.isFirstOfItsKind(gem, after: books.head) ? 0 : world.ledger.nextStep(ofGem: gem, for: author)
        let decided = world.chance(25) ? 2.0 : 1.0
        let multiplier = world.ledger.multiplier(ofGem: gem, author: author, deciding: decided)
        state = .fixed(books, gem: gem, step: step, multiplier: multiplier)
        return "gem \(gem), step \(step), times \(multiplier)"
    }

    private func decide(_ books: Books, gem: Int64, step: Int64, _ multiplier: Double, _ world: World) -> String {
        let rule = SettlementRule(economy: world.economy)
        state = .idle
        switch rule.next(after: books.head, atVotes: books.votes, step: step, multiplier: multiplier, at: books.time) {
        case .nothing: return "has nothing to do"
        case .postpone: return postpone(gem, books, world)
        case .pay(let posting, let gross):
            state = .uncovered(Decision(books: books, gem: gem, posting: posting, gross: gross))
            return "pays gem \(gem)"
        case .takeBack(let posting, _):
            state = .covered(Decision(books: books, gem: gem, posting: posting, gross: 0))
            return "takes gem \(gem) back"
        }
    }

    private func postpone(_ gem: Int64, _ books: Books, _ world: World) -> String {
        world.ledger.postpone(gem, of: books.author, until: books.time.nextUTCDay)
        return "postpones gem \(gem)"
    }

    private func cover(_ decision: Decision, _ world: World) -> String {
        let (day, price) = (decision.books.time.utcDay, decision.gross.count)
        if leased[day, default: 0] >= price {
            leased[day, default: 0] -= price
            state = .covered(decision)
            return "has \(price) of \(day)"
        }
        for wanted in [max(Self.block, price), price]
        where world.budget.lease(wanted, on: day, limit: world.economy.dailyEmissionInAll) {
            leased[day, default: 0] += wanted
            return "leases \(wanted) of \(day)"
        }
        state = .idle
        return "has none of \(day), " + postpone(decision.gem, decision.books, world)
    }

    private func insert(_ decision: Decision, _ world: World) throws -> String {
        let (author, posting) = (decision.books.author, decision.posting)
        state = .idle
        let time = world.fault == .datesEntriesLate ? world.now : decision.books.time
        let entry = try LedgerEntry(posting, of: author, after: decision.books.head, at: time)
        let outcome = world.ledger.insert(entry, isGuarded: world.fault != .allowsSecondKey)
        if outcome == .inserted {
            guard world.isJustified(gem: decision.gem, paying: posting.source == .votes, of: author) else {
                throw Broken("\(posting.key) of \(author) has no reason in the votes since the entry before it")
            }
            world.entered(author)
            state = .inserted(author, decision.gem)
        } else {
            leased[decision.books.time.utcDay, default: 0] += decision.gross.count
        }
        return "\(posting.key): \(outcome)"
    }
}
