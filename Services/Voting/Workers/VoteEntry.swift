import BSON
import Domain
import Events
import Records
import RedisClient

/// One entry of the votes stream, read.
struct VoteEntry: Sendable {
    enum Content: Sendable {
        case cast(EventEnvelope<VoteCast>)
        case withdrawn(EventEnvelope<VoteWithdrawn>)
    }

    let content: Content
    /// Where the entry stood when it was written, also when it is handed out again from the dead letters.
    let position: RedisStreamID
    /// Votes of this person in the minute before, this one included.
    let pace: Int

    /// Nil for a type that is none of voting's business.
    init?(_ delivery: StreamDelivery) throws(EventRejected) {
        switch delivery.type {
        case VoteCast.type: content = .cast(try EventEnvelope(delivery))
        case VoteWithdrawn.type: content = .withdrawn(try EventEnvelope(delivery))
        default: return nil
        }
        position = delivery.position
        pace = delivery.entry.text("pace").flatMap(Int.init) ?? 1
    }

    var postID: PostID {
        switch content {
        case .cast(let event): event.payload.postID
        case .withdrawn(let event): event.payload.postID
        }
    }

    var voterID: UserID {
        switch content {
        case .cast(let event): event.payload.voterID
        case .withdrawn(let event): event.payload.voterID
        }
    }

    var authorID: UserID {
        switch content {
        case .cast(let event): event.payload.authorID
        case .withdrawn(let event): event.payload.authorID
        }
    }

    var pair: ObjectID { VoteRecord.id(postID, voterID) }
}
