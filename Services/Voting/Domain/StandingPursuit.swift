import BSON
import Domain
import Records

/// How a person's votes come to follow their standing: what to do next, told from what has been done. Pure, so that a
/// crash can be tried between any two of its steps.
struct StandingPursuit: Sendable {
    /// Somebody decided on a person's standing; the newest version holds.
    struct Decision: Sendable, Equatable {
        var standing: VoterStanding
        var version: Int64
    }

    /// Pairs go from one state to another, as long as the standing is what the move follows from.
    struct Move: Sendable, Equatable {
        let standing: VoterStanding

        var from: VoteState { standing == .good ? .reversed : .counted }
        var to: VoteState { standing == .good ? .counted : .reversed }
    }

    enum Action: Sendable, Equatable {
        /// Store the decision unless one as new is stored, and look at what is stored then.
        case note(Decision)
        /// Move some pairs, all of them in one transaction.
        case move(Move)
        /// Set in Redis what follows from all pairs that are where they ought to be: whoever moved some of them, for this
        /// decision or for an older one that leads to the same, may have ended before that. It comes when none is left to
        /// move, so that nobody can commit another move of the kind afterwards.
        case show(Move)
        /// Say that the votes follow this decision, unless there is a newer one.
        case finish(Decision)
        case rest
    }

    private let decision: Decision
    private var followed: Decision?

    init(_ decision: Decision) { self.decision = decision }

    func start() -> Action { .note(decision) }

    /// - Parameter pending: the decision that the votes have still to follow, which may be another's; nil when none.
    mutating func noted(_ pending: Decision?) -> Action {
        followed = pending
        return pending.map { .move(Move(standing: $0.standing)) } ?? .rest
    }

    /// - Parameter count: pairs that there were to move.
    func moved(_ count: Int) -> Action {
        guard let followed else { return .rest }
        let move = Move(standing: followed.standing)
        return count > 0 ? .move(move) : .show(move)
    }

    func shown() -> Action { followed.map { .finish($0) } ?? .rest }
}

extension VoteBook {
    /// Moves pairs with their voter's standing.
    ///
    /// - Returns: false when the standing is another one by now; nothing may be written then.
    mutating func follow(_ move: StandingPursuit.Move, of voter: UserID, _ ids: [ObjectID]) -> Bool {
        guard standing(of: voter) == move.standing else { return false }
        for id in ids { judge(id, from: move.from, to: move.to) }
        return true
    }

    /// A flagged vote that was cleared counts, unless its voter is banned; one that was upheld never does.
    mutating func review(_ id: ObjectID, of voter: UserID, isCleared: Bool) {
        judge(id, from: .flagged, to: !isCleared ? .upheld : standing(of: voter) == .good ? .counted : .reversed)
    }

    /// Counted votes that look like a fraud after all wait for review.
    mutating func flag(_ ids: some Sequence<ObjectID>) {
        for id in ids { judge(id, from: .counted, to: .flagged) }
    }

    private mutating func judge(_ id: ObjectID, from: VoteState, to: VoteState) {
        apply(.judged(from: from, to: to, now: now), to: id)
    }
}
