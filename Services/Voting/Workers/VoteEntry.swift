import BSON
import Domain
import Events
import Records
import RedisClient

/// One entry of the votes stream, read. A class, since a batch goes through several hands and its entries with it.
final class VoteEntry: Sendable {
    enum Content: Sendable {
        case cast(EventEnvelope<VoteCast>)
        case withdrawn(EventEnvelope<VoteWithdrawn>)
    }

    let content: Content
    /// Where the entry stood when it was written, also when it is handed out again from the dead letters.
    let position: RedisStreamID
    /// Votes of this person in the minute before, this one included.
    let pace: Int
    /// The `_id` of the pair: a digest, and so made once.
    let pair: ObjectID
    let postID: PostID
    let voterID: UserID
    let authorID: UserID

    /// Nil for a type that is none of voting's business.
    init?(_ delivery: StreamDelivery) throws(EventRejected) {
        if delivery.isOf(type: "VoteCast") {
            let event = try EventEnvelope<VoteCast>(delivery)
            content = .cast(event)
            (postID, voterID, authorID) = (event.payload.postID, event.payload.voterID, event.payload.authorID)
        } else if delivery.isOf(type: "VoteWithdrawn") {
            let event = try EventEnvelope<VoteWithdrawn>(delivery)
            content = .withdrawn(event)
            (postID, voterID, authorID) = (event.payload.postID, event.payload.voterID, event.payload.authorID)
        } else {
            return nil
        }
        position = delivery.position
        pace =
            delivery.entry.slice("tally").flatMap(VoteTally.init)?.pace
            ?? delivery.entry.integer("pace").map { Int($0) } ?? 1
        pair = VoteRecord.id(postID, voterID)
    }
}
