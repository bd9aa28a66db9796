import BSON
import Domain
import Events
import Records

/// A vote with what its evidence came to.
struct ScoredVote: Sendable {
    let vote: VoteCast
    let castAt: Instant
    let evidence: VoteEvidence
    let score: FraudScore

    /// What a moderator reads, under the id of the pair.
    func write(_ pair: ObjectID, to writer: inout BSONWriter) {
        writer.field("_id", pair)
        writer.field("postId", vote.postID.objectID)
        writer.field("voterId", vote.voterID.objectID)
        writer.field("authorId", vote.authorID.objectID)
        writer.field("createdAt", date: castAt.milliseconds)
        writer.field("fraudScore", double: score.value)
        writer.field("flagged", score.isFlagged)
        if let hash = vote.addressHash { writer.field("ipHash", hash) }
        if let hash = vote.deviceHash { writer.field("deviceHash", hash) }
        if let session = vote.sessionID { writer.field("sessionId", session.objectID) }
        writer.array("reasons") { writer in
            for (index, reason) in score.reasons.enumerated() {
                writer.element(index) { writer in
                    writer.field("signal", reason.signal.rawValue)
                    writer.field("weight", double: reason.weight)
                }
            }
        }
        writer.document("signals") { writer in
            writer.field("accountAgeHours", evidence.accountAge.components.seconds / 3600)
            writer.field("votesInLastMinute", int32: Int32(clamping: evidence.votesInLastMinute))
            writer.field("trustScore", int32: Int32(clamping: evidence.trustScore))
            writer.field("reciprocal", evidence.isReciprocal)
            if let count = evidence.accountsOnAddress {
                writer.field("accountsOnAddress", int32: Int32(clamping: count))
            }
            if let count = evidence.accountsOnDevice {
                writer.field("accountsOnDevice", int32: Int32(clamping: count))
            }
        }
    }
}
