import BSON
import Domain
import Records
import RedisClient

/// Something that happens to a pair.
///
/// What first made the vote, and what the voter did last, are two facts: the first cast decides whether and when the pair
/// counts, the newest stream id decides whether it is withdrawn. So the order in which entries arrive does not matter, and
/// a vote that comes long after its withdrawal, as a dead letter handed out again does, is not shown.
enum VoteChange: Sendable {
    /// A first vote: its evidence has been judged.
    case cast(NewVote)
    /// A vote after a withdrawal.
    case again(LaterChange)
    case withdrawn(LaterChange)
    /// Review, ban or its lifting: from one state to another.
    case judged(from: VoteState, to: VoteState, now: Instant)

    /// What a pair is made of when it is new.
    struct NewVote: Sendable {
        var id: ObjectID
        var postID: PostID
        var voterID: UserID
        var authorID: UserID
        var category: Category
        var position: RedisStreamID
        var castAt: Instant
        var state: VoteState
        var fraudScore: Double
    }

    /// What the voter did to a vote of theirs.
    struct LaterChange: Sendable {
        var id: ObjectID
        var postID: PostID
        var voterID: UserID
        var authorID: UserID
        var category: Category
        var position: RedisStreamID
        var at: Instant
    }

    /// The pair after the change; nil when it changes nothing, as when the change was seen before.
    func applied(to pair: VoteRecord?) -> VoteRecord? {
        switch self {
        case .cast(let vote): return Self.cast(vote, on: pair)
        case .again(let change): return Self.move(pair, change, isWithdrawn: false)
        case .withdrawn(let change): return Self.move(pair, change, isWithdrawn: true)
        case .judged(let from, let to, let now):
            guard var pair, pair.state == from, from != to else { return nil }
            pair.state = to
            pair.updatedAt = now
            return pair
        }
    }

    private static func cast(_ vote: NewVote, on pair: VoteRecord?) -> VoteRecord? {
        guard var pair else {
            return VoteRecord(
                id: vote.id, postID: vote.postID, voterID: vote.voterID, authorID: vote.authorID,
                category: vote.category, state: vote.state, version: vote.position.description,
                fraudScore: vote.fraudScore, createdAt: vote.castAt)
        }
        let isAwaited = pair.state == .awaited
        let isNewer = vote.position > pair.position
        guard isAwaited || isNewer else { return nil }
        if isAwaited {
            pair.state = vote.state
            pair.fraudScore = vote.fraudScore
            pair.category = vote.category
            pair.createdAt = vote.castAt
        }
        if isNewer {
            pair.withdrawn = false
            pair.version = vote.position.description
            pair.updatedAt = vote.castAt
        }
        return pair
    }

    private static func move(_ pair: VoteRecord?, _ change: LaterChange, isWithdrawn: Bool) -> VoteRecord? {
        guard var pair else {
            return VoteRecord(
                id: change.id, postID: change.postID, voterID: change.voterID, authorID: change.authorID,
                category: change.category, state: .awaited, withdrawn: isWithdrawn,
                version: change.position.description, createdAt: change.at)
        }
        guard change.position > pair.position else { return nil }
        pair.withdrawn = isWithdrawn
        pair.version = change.position.description
        pair.updatedAt = change.at
        return pair
    }
}

extension VoteRecord {
    /// The stream id of the newest change applied.
    var position: RedisStreamID { RedisStreamID(version) ?? .zero }

    /// What Redis holds of the pair. Of one whose vote has not been seen nothing: if the vote is lost, it may be cast anew.
    var mark: VoteMark? {
        guard state != .awaited else { return nil }
        return VoteMark(kind: withdrawn ? .withdrawn : state == .counted ? .voted : .uncounted, id: position)
    }
}
