import BSON
import Domain
import Events
import Records

/// What scoring a batch came to: the score of each pair, and its evidence as it is stored, written once.
struct ScoredVotes: Sendable {
    private struct Scored {
        let score: FraudScore
        let evidence: Range<Int>
    }

    private var scored: [ObjectID: Scored] = [:]
    private var writer: BSONWriter

    /// - Parameter count: votes to come, at most.
    init(reserving count: Int = 0) {
        writer = BSONWriter(reserving: count * 512)
        scored.reserveCapacity(count)
    }

    mutating func add(
        _ pair: ObjectID, _ vote: VoteCast, castAt: Instant, _ evidence: VoteEvidence, _ score: FraudScore
    ) {
        let start = writer.bytes.count
        writer.document { Self.write(pair, vote, castAt, evidence, score, to: &$0) }
        scored[pair] = Scored(score: score, evidence: start..<writer.bytes.count)
    }

    func score(of pair: ObjectID) -> FraudScore? { scored[pair]?.score }

    /// The document's bytes.
    func evidence(of pair: ObjectID) -> ArraySlice<UInt8>? { scored[pair].map { writer.bytes[$0.evidence] } }

    /// What a moderator reads, under the id of the pair.
    private static func write(
        _ pair: ObjectID, _ vote: VoteCast, _ castAt: Instant, _ evidence: VoteEvidence, _ score: FraudScore,
        to writer: inout BSONWriter
    ) {
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
