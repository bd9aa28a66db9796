import BSON
import Domain
import Events
import HTTPServer
import MongoClient
import Records
import Security
import ServiceKit

/// A moderator's word on one flagged vote. It is given once: the audit entry's id follows from the vote.
struct VoteDecision: Equatable, Sendable {
    let voteID: ObjectID
    let isCleared: Bool
    let reason: String
    let decidedBy: UserID
    let decidedAt: Instant
}

/// Stores decisions on votes: an audit entry and the event that makes the vote count or not, in one write.
struct VoteDecisions: Sendable {
    let actions: Outbox
    let now: @Sendable () -> Instant

    /// Decides, or finds that the same moderator has decided the same before.
    ///
    /// - Parameter whole: the decision on a whole group that this one is part of.
    /// - Returns: the decision that stands.
    /// - Throws: `conflict` where another decision stands.
    func decide(
        _ vote: VoteRecord, isCleared: Bool, reason: String, by moderator: UserID, with whole: ObjectID? = nil
    ) async throws -> VoteDecision {
        let at = now()
        let decision = VoteDecision(
            voteID: vote.id, isCleared: isCleared, reason: reason, decidedBy: moderator, decidedAt: at)
        let event = OutgoingEvent(
            VoteReviewed(
                postID: vote.postID, voterID: vote.voterID, isCleared: isCleared, reviewedBy: moderator.hex,
                reviewedAt: at), at: at)
        do {
            try await actions.collection.insert(decision.entry(of: vote, with: whole, [event]))
        } catch MongoError.duplicateKey {
            guard let standing = try await self.of([vote.id])[vote.id] else {
                throw MongoError.transient("the decision was not there a moment later")
            }
            guard standing.isCleared == isCleared, standing.decidedBy == moderator else {
                throw Problem(.conflict, "The vote has been \(standing.isCleared ? "cleared" : "upheld") already.")
            }
            return standing
        }
        await actions.deliver([event], of: ["_id": .objectID(VoteDecision.id(of: vote.id))])
        return decision
    }

    /// The decisions that stand, by vote.
    func of(_ votes: [ObjectID]) async throws -> [ObjectID: VoteDecision] {
        guard !votes.isEmpty else { return [:] }
        let found = try await actions.collection.find(
            ["_id": ["$in": .array(votes.map { .objectID(VoteDecision.id(of: $0)) })]], projection: ["outbox": 0])
        var decisions: [ObjectID: VoteDecision] = [:]
        for document in found {
            let decision = try VoteDecision(document)
            decisions[decision.voteID] = decision
        }
        return decisions
    }
}

extension VoteDecision {
    static func id(of vote: ObjectID) -> ObjectID { .deriving(["moderation", "vote", vote.hex]) }

    fileprivate init(_ document: BSONDocument) throws {
        self.init(
            voteID: try document.requireObjectID("targetId"),
            isCleared: try document.requireString("action") == "clear_vote",
            reason: try document.requireString("reason"),
            decidedBy: try UserID(hex: document.requireString("performedBy")) ?? document.requireID("targetUserId"),
            decidedAt: try document.requireInstant("createdAt"))
    }

    fileprivate func entry(of vote: VoteRecord, with whole: ObjectID?, _ events: [OutgoingEvent]) -> BSONDocument {
        var document: BSONDocument = [
            "_id": .objectID(Self.id(of: voteID)), "targetType": "vote", "targetId": .objectID(voteID),
            "targetUserId": .id(vote.voterID), "action": isCleared ? "clear_vote" : "uphold_vote",
            "reason": .string(reason), "source": "manual_review", "performedBy": .string(decidedBy.hex),
            "appealable": .bool(!isCleared), "createdAt": .instant(decidedAt), "outbox": events.outbox,
        ]
        document.append("partOf", ifPresent: whole.map { .objectID($0) })
        return document
    }
}
