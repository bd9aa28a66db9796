import BSON
import Domain
import Records
import RedisClient

/// Something that happens to a pair.
enum VoteChange: Sendable {
    /// A vote, the first or one after a withdrawal. The verdict matters for the first only.
    case cast(NewVote)
    case withdrawn(at: RedisStreamID, now: Instant)
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

    /// The pair after the change; nil when it changes nothing, as when the change was seen before.
    ///
    /// - Throws: `VoteChangeRefused` for a withdrawal of a vote that is not there yet.
    func applied(to pair: VoteRecord?) throws(VoteChangeRefused) -> VoteRecord? {
        switch self {
        case .cast(let vote):
            guard var pair else {
                return VoteRecord(
                    id: vote.id, postID: vote.postID, voterID: vote.voterID, authorID: vote.authorID,
                    category: vote.category, state: vote.state, version: vote.position.description,
                    fraudScore: vote.fraudScore, createdAt: vote.castAt)
            }
            guard vote.position > pair.position else { return nil }
            pair.withdrawn = false
            pair.version = vote.position.description
            pair.updatedAt = vote.castAt
            return pair
        case .withdrawn(let position, let now):
            guard var pair else { throw VoteChangeRefused() }
            guard position > pair.position else { return nil }
            pair.withdrawn = true
            pair.version = position.description
            pair.updatedAt = now
            return pair
        case .judged(let from, let to, let now):
            guard var pair, pair.state == from, from != to else { return nil }
            pair.state = to
            pair.updatedAt = now
            return pair
        }
    }
}

/// A withdrawal came before its vote: the vote is still on its way.
struct VoteChangeRefused: Error, Equatable {}

extension VoteRecord {
    /// The stream id of the newest change applied.
    var position: RedisStreamID { RedisStreamID(version) ?? .zero }

    /// What Redis holds of the pair.
    var mark: VoteMark {
        VoteMark(kind: withdrawn ? .withdrawn : state == .counted ? .voted : .uncounted, id: position)
    }
}
