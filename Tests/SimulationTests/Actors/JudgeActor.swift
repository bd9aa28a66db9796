import Domain
import Records

@testable import VotingService

/// A projections worker: makes votes follow decisions on their voters, and reviews.
final class JudgeActor: Actor {
    private enum State {
        case idle
        case following(World.Decided, StandingPursuit, StandingPursuit.Action)
        case found(World.Decided, StandingPursuit, StandingPursuit.Move, MemoryDatabase.Transaction, Int)
        case moved(World.Decided, StandingPursuit, Projection, Int)
        case showing(World.Decided, StandingPursuit, Projection)
        case clearing(Model.Pair, MemoryDatabase.Transaction)
        case cleared(Model.Pair, Projection)
    }

    let name: String
    private var state = State.idle

    init(name: String) { self.name = name }

    var isIdle: Bool { if case .idle = state { true } else { false } }
    func crash() { state = .idle }

    func step(_ world: World) throws -> String? {
        switch state {
        case .idle: return begin(world)
        case .following(let event, let pursuit, let action): return perform(action, event, pursuit, world)
        case .found(let event, let pursuit, let move, let transaction, let count):
            guard world.database.commit(transaction) else {
                // A transaction that collides begins anew, with what the other has written.
                state = .following(event, pursuit, .move(move))
                return "collides"
            }
            world.witness(transaction.scope.authors)
            state = .moved(event, pursuit, Projection(transaction.book, noteCounted: true), count)
            return "moves \(count) pairs of \(event.voter)"
        case .moved(let event, let pursuit, var projection, let count):
            let done = try projection.step(world)
            state =
                done ? .following(event, pursuit, pursuit.moved(count)) : .moved(event, pursuit, projection, count)
            return "projects"
        case .showing(let event, let pursuit, var projection):
            let done = try projection.step(world)
            state =
                done ? .following(event, pursuit, pursuit.shown()) : .showing(event, pursuit, projection)
            return "projects again"
        case .clearing(let pair, let transaction):
            guard world.database.commit(transaction) else {
                crash()
                return "collides"
            }
            world.witness(transaction.scope.authors)
            state = .cleared(pair, Projection(transaction.book, noteCounted: true))
            return "judges \(pair)"
        case .cleared(let pair, var projection):
            guard try projection.step(world) else {
                state = .cleared(pair, projection)
                return "projects"
            }
            world.reviewed.removeAll { $0 == pair }
            state = .idle
            return "acknowledges a review"
        }
    }

    /// Takes any event that is not acknowledged: deliveries come late, twice and out of order.
    private func begin(_ world: World) -> String? {
        if let pair = world.pick(world.reviewed), world.chance(50) || world.decided.isEmpty {
            guard let record = world.database.pairs[VoteRecord.id(pair.post, pair.voter)] else { return nil }
            var transaction = world.database.begin(Self.scope([record]), at: world.now)
            transaction.book.review(
                record.id, of: pair.voter, isCleared: world.model.votes[pair]?.verdict ?? false)
            state = .clearing(pair, transaction)
            return "reviews \(pair)"
        }
        guard let event = world.pick(world.decided) else { return nil }
        let pursuit = StandingPursuit(event.decision)
        state = .following(event, pursuit, pursuit.start())
        return "follows \(event.decision.standing) \(event.decision.version) of \(event.voter)"
    }

    private func perform(
        _ action: StandingPursuit.Action, _ event: World.Decided, _ pursuit: StandingPursuit, _ world: World
    ) -> String {
        var pursuit = pursuit
        switch action {
        case .note(let decision):
            world.database.note(decision, of: event.voter, always: world.fault == .followsOldDecisions)
            let stored = world.database.voters[event.voter]
            let next = pursuit.noted(stored?.isPending == true ? stored?.decision : nil)
            state = .following(event, pursuit, next)
            return "notes"
        case .show(let move):
            let pairs = world.database.pairs(of: event.voter, in: move.to, limit: .max)
            guard !pairs.isEmpty, world.fault != .showsNothingAgain else {
                state = .following(event, pursuit, pursuit.shown())
                return "has nothing to show"
            }
            let book = world.database.begin(Self.scope(pairs), at: world.now).book
            state = .showing(event, pursuit, Projection(book, noteCounted: true))
            return "shows \(pairs.count) pairs"
        case .move(let move):
            let pairs = world.database.pairs(of: event.voter, in: move.from, limit: 2)
            guard !pairs.isEmpty else {
                state = .following(event, pursuit, pursuit.moved(0))
                return "finds nothing to move"
            }
            var transaction = world.database.begin(Self.scope(pairs), at: world.now)
            guard transaction.book.follow(move, of: event.voter, pairs.map(\.id)) else {
                crash()  // thrown as transient: the event comes again
                return "finds another standing"
            }
            state = .found(event, pursuit, move, transaction, pairs.count)
            return "finds \(pairs.count) pairs"
        case .finish(let decision):
            world.database.finish(decision, of: event.voter)
            state = .following(event, pursuit, .rest)
            return "finishes"
        case .rest:
            world.decided.removeAll { $0.voter == event.voter && $0.decision == event.decision }
            state = .idle
            return "acknowledges a decision"
        }
    }

    private static func scope(_ pairs: [VoteRecord]) -> MongoVotes.Scope {
        var scope = MongoVotes.Scope(partition: Partition(of: pairs[0].voterID))
        scope.pairs = Set(pairs.map(\.id))
        scope.voters = Set(pairs.map(\.voterID))
        scope.authors = Set(pairs.map(\.authorID))
        scope.posts = Set(pairs.map(\.postID))
        return scope
    }
}
