import BSON
import Domain
import Events
import MongoClient
import Records
import Security

/// What moderation decided about one post, and why.
struct Decision: Equatable, Sendable {
    enum Outcome: Equatable, Sendable {
        case approve(isNSFW: Bool)
        case reject
        case flag
    }

    let outcome: Outcome
    let reason: String
    /// Names of the rules that matched, and their version; empty for a person's decision.
    var rules: [String] = []
    var ruleSetVersion: Int?
    var nsfwScore = 0.0
    /// `auto` or a moderator's id.
    let decidedBy: String
}

/// Stores decisions: an audit entry and the event that it causes, in one write, at most once.
struct Decisions: Sendable {
    let actions: Outbox
    let now: @Sendable () -> Instant

    /// - Parameter once: what makes the decision this one; the same again changes nothing.
    func record(_ decision: Decision, on post: PostID, of author: UserID, once: [String]) async throws {
        let id = ModerationActionID(ObjectID.deriving(["moderation"] + once))
        let at = now()
        let event = decision.event(on: post, of: author, at: at)
        var document = decision.entry(id, on: post, of: author, at: at)
        document.append("outbox", [event].outbox)
        if try await insert(document) { await actions.deliver([event], of: ["_id": .id(id)]) }
    }

    /// - Returns: false for a decision that was made already; the relay publishes what is left of it.
    private func insert(_ entry: BSONDocument) async throws -> Bool {
        do {
            try await actions.collection.insert(entry)
            return true
        } catch MongoError.duplicateKey {
            return false
        }
    }
}

extension Decision {
    /// The audit entry.
    fileprivate func entry(
        _ id: ModerationActionID, on post: PostID, of author: UserID, at: Instant
    ) -> BSONDocument {
        let isAutomatic = decidedBy == "auto"
        var document: BSONDocument = [
            "_id": .id(id), "targetType": "post", "targetId": .id(post), "targetUserId": .id(author),
            "action": .string(outcome.action), "reason": .string(reason),
            "source": isAutomatic ? "auto_rules" : "manual_review",
            "performedBy": .string(isAutomatic ? "system" : decidedBy), "appealable": .bool(outcome == .reject),
            "createdAt": .instant(at),
        ]
        if !rules.isEmpty { document.append("rules", .strings(rules)) }
        document.append("ruleSetVersion", ifPresent: ruleSetVersion.map { .int32(Int32($0)) })
        return document
    }
}

extension Decision.Outcome {
    fileprivate var action: String {
        switch self {
        case .approve: "approve"
        case .reject: "reject"
        case .flag: "flag"
        }
    }
}

extension Decision {
    fileprivate func event(on post: PostID, of author: UserID, at: Instant) -> OutgoingEvent {
        switch outcome {
        case .approve(let isNSFW):
            OutgoingEvent(
                ContentApproved(
                    postID: post, authorID: author, decidedBy: decidedBy, nsfwScore: nsfwScore, isNSFW: isNSFW,
                    notes: nil, decidedAt: at), at: at)
        case .reject:
            OutgoingEvent(
                ContentRejected(
                    postID: post, authorID: author, decidedBy: decidedBy, reason: reason, notes: nil, decidedAt: at),
                at: at)
        case .flag:
            OutgoingEvent(
                ContentFlagged(postID: post, authorID: author, reasons: rules, flaggedAt: at), at: at)
        }
    }
}
