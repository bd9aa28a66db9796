import BSON
import Domain
import Events
import HTTPServer
import MongoClient
import Records
import Security

/// A moderator's word on all votes of a group that wait: one audit entry for the group, and one for each vote.
struct RingDecision: Equatable, Sendable {
    let ringID: ObjectID
    /// A group whose votes were decided may be found again, with new ones: decisions on it are counted from one.
    let number: Int
    let isCleared: Bool
    let reason: String
    let decidedBy: UserID
    let decidedAt: Instant
    /// Whether there may be votes left to decide.
    var isUnderWay: Bool
    /// Votes decided by it so far.
    var votes: Int
}

/// Stores decisions on groups and carries them to each of their votes.
///
/// The group's entry comes first and says that it is under way. Whoever carries it out can end at any vote: the votes'
/// entries have ids that follow from the votes, so that anybody can begin anew, and `worker:outbox` does.
struct RingDecisions: Sendable {
    private static let votesAtOnce = 100

    let lookup: VoteReviewLookup
    let votes: VoteDecisions

    private var actions: MongoCollection { votes.actions.collection }

    /// - Throws: `notFound` where no vote of the group waits and none was decided with it, `forbidden` for one of the
    ///   group, `conflict` where another decision stands.
    func decide(_ id: ObjectID, isCleared: Bool, reason: String, by moderator: UserID) async throws -> RingDecision {
        guard let ring = try await lookup.ring(id) else { throw Problem(.notFound) }
        guard !ring.members.contains(moderator), !ring.targets.contains(moderator) else {
            throw Problem(.forbidden, "Nobody reviews votes of their own, or for themselves.")
        }
        let last = try await newest(of: id)
        let isWaiting = try await hasWaiting(id)
        if last?.isUnderWay == true || !isWaiting {
            // Asked again: whoever has decided meanwhile may have come to the end as well.
            guard let standing = try await newest(of: id) else { throw Problem(.notFound) }
            return try await join(standing, isCleared, moderator)
        }
        let decision = RingDecision(
            ringID: id, number: (last?.number ?? 0) + 1, isCleared: isCleared, reason: reason, decidedBy: moderator,
            decidedAt: votes.now(), isUnderWay: true, votes: 0)
        let entry = try decision.entry(of: ring)
        do throws(MongoError) {
            try await actions.insert(entry)
        } catch {
            guard case .duplicateKey = error, let standing = try await newest(of: id) else { throw error }
            return try await join(standing, isCleared, moderator)
        }
        return try await carryOut(decision)
    }

    /// The same once more, by the same person: what is left of it is done, and the answer is the same.
    private func join(_ standing: RingDecision, _ isCleared: Bool, _ moderator: UserID) async throws -> RingDecision {
        guard standing.isCleared == isCleared, standing.decidedBy == moderator else {
            throw Problem(.conflict, "The group has been \(standing.isCleared ? "cleared" : "upheld") already.")
        }
        return try await carryOut(standing)
    }

    /// Decides the group's votes that nobody has decided on, and says how many there were.
    private func carryOut(_ decision: RingDecision) async throws -> RingDecision {
        var done = decision
        if decision.isUnderWay {
            var place: ObjectID?
            while let found = try await waiting(decision.ringID, after: place) {
                place = found.last
                for vote in found.votes { try await carryOut(decision, on: vote) }
            }
            done.isUnderWay = false
        }
        done.votes = try await actions.count(["partOf": .objectID(decision.id)])
        if decision.isUnderWay {
            try await actions.update(["_id": .objectID(decision.id)], ["$unset": ["underWay": ""]])
        }
        return done
    }

    /// A vote on which somebody else decides at this moment is theirs.
    private func carryOut(_ decision: RingDecision, on vote: VoteRecord) async throws {
        do {
            _ = try await votes.decide(
                vote, isCleared: decision.isCleared, reason: decision.reason, by: decision.decidedBy, with: decision.id)
        } catch let problem as Problem where problem.code == .conflict {
            return
        }
    }

    /// - Returns: nil past the end; otherwise the undecided ones of the next votes, and how far these went.
    private func waiting(_ ring: ObjectID, after place: ObjectID?) async throws -> (
        votes: [VoteRecord], last: ObjectID
    )? {
        let found = try await lookup.waiting(ofRing: ring, after: place, limit: Self.votesAtOnce)
        guard let last = found.last else { return nil }
        let decided = try await votes.of(found.map(\.id))
        return (found.filter { decided[$0.id] == nil }, last.id)
    }

    private func hasWaiting(_ ring: ObjectID) async throws -> Bool {
        var place: ObjectID?
        while let found = try await waiting(ring, after: place) {
            if !found.votes.isEmpty { return true }
            place = found.last
        }
        return false
    }

    private func newest(of ring: ObjectID) async throws -> RingDecision? {
        try await actions.find(
            ["targetId": .objectID(ring), "targetType": "vote_ring"], sort: ["number": -1], limit: 1
        ).first.map { try RingDecision($0) }
    }

    /// Carries out what was left behind.
    ///
    /// - Parameter age: younger ones are somebody's at this moment.
    func resume(olderThan age: Duration) async throws {
        let left = try await actions.find(
            ["underWay": true, "createdAt": ["$lt": .instant(votes.now() - age)]], limit: Self.votesAtOnce)
        for entry in left { _ = try await carryOut(try RingDecision(entry)) }
    }
}

extension RingDecision {
    var id: ObjectID { .deriving(["moderation", "vote-ring", ringID.hex, String(number)]) }

    fileprivate init(_ document: BSONDocument) throws {
        self.init(
            ringID: try document.requireObjectID("targetId"), number: try document.requireInt("number"),
            isCleared: try document.requireString("action") == "clear_vote",
            reason: try document.requireString("reason"),
            decidedBy: try UserID(hex: document.requireString("performedBy")) ?? document.requireID("targetUserId"),
            decidedAt: try document.requireInstant("createdAt"), isUnderWay: document.bool("underWay") == true, votes: 0
        )
    }

    /// The audit entry; one has one person, so it names the group's first.
    fileprivate func entry(of ring: VoteRingRecord) throws -> BSONDocument {
        guard let first = ring.members.first else { throw Problem(.notFound) }
        var document: BSONDocument = [
            "_id": .objectID(id), "targetType": "vote_ring", "targetId": .objectID(ringID),
            "targetUserId": .id(first), "action": isCleared ? "clear_vote" : "uphold_vote",
            "reason": .string(reason), "source": "manual_review",
        ]
        document.append("performedBy", .string(decidedBy.hex))
        document.append("appealable", .bool(!isCleared))
        document.append("createdAt", .instant(decidedAt))
        document.append("number", .int32(Int32(number)))
        document.append("underWay", true)
        return document
    }
}
