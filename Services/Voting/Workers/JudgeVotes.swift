import BSON
import Domain
import Events
import MongoClient
import Records
import ServiceKit
import Telemetry

/// Takes votes back and gives them back: with their voter's standing, or one by one after review.
struct JudgeVotes: Sendable {
    private typealias Decision = StandingPursuit.Decision
    private static let pairsPerTransaction = 100

    let votes: MongoVotes
    let project: ProjectVotes
    private let evidence: MongoCollection
    private let log = Logger(label: "voting.judge")

    init(votes: MongoVotes, project: ProjectVotes) {
        self.votes = votes
        self.project = project
        evidence = votes.mongo.collection(VoteCollections.evidence.name)
    }

    // MARK: Standing

    /// Makes a person's votes follow their standing. Can be cut anywhere and done again; the newest decision wins.
    func follow(_ standing: VoterStanding, of voter: UserID, version: Int64, at now: Instant) async throws {
        var pursuit = StandingPursuit(Decision(standing: standing, version: version))
        var action = pursuit.start()
        while true {
            switch action {
            case .note(let decision):
                try await note(decision, of: voter, at: now)
                action = pursuit.noted(try await pending(of: voter))
            case .move(let move):
                action = pursuit.moved(try await moveSome(of: voter, move))
            case .show(let move):
                try await show(move, of: voter)
                action = pursuit.shown()
            case .finish(let decision):
                try await finish(voter, decision)
                return
            case .rest: return
            }
        }
    }

    /// The decision that a person's votes have still to follow.
    private func pending(of voter: UserID) async throws -> Decision? {
        guard let document = try await votes.voters.collection.findByID(.id(voter)), document.bool("reversing") == true,
            let standing = document.string("standing").flatMap(VoterStanding.init),
            let version = document.int64("standingVersion")
        else { return nil }
        return Decision(standing: standing, version: version)
    }

    /// Stores a decision unless one as new is stored.
    private func note(_ decision: Decision, of voter: UserID, at now: Instant) async throws {
        do {
            try await votes.voters.collection.update(
                [
                    "_id": .id(voter),
                    "$or": [
                        ["standingVersion": ["$exists": false]], ["standingVersion": ["$lt": .int64(decision.version)]],
                    ],
                ],
                [
                    "$set": [
                        "standing": .string(decision.standing.rawValue),
                        "standingVersion": .int64(decision.version), "reversing": true, "moved": .int64(0),
                        "updatedAt": .instant(now),
                    ]
                ], upsert: true)
        } catch MongoError.duplicateKey {
            return  // the voter is there, with a decision that is as new or newer
        }
    }

    /// Sets in Redis what follows from the pairs that stand where the decision puts them.
    private func show(_ move: StandingPursuit.Move, of voter: UserID) async throws {
        try await votes.votes.forEachBatch(
            ["voterId": .id(voter), "state": .string(move.to.rawValue)], sort: ["_id": 1],
            batchSize: Self.pairsPerTransaction
        ) { documents in
            let pairs = try documents.map { try VoteRecord($0) }
            let book = try await votes.change(MongoVotes.Scope(pairs), at: .now()) { _ in }
            try await project(book, noteCounted: true)
        }
    }

    /// Moves some pairs to where the standing puts them; returns how many there were.
    private func moveSome(of voter: UserID, _ move: StandingPursuit.Move) async throws -> Int {
        let found = try await votes.votes.find(
            ["voterId": .id(voter), "state": .string(move.from.rawValue)], limit: Self.pairsPerTransaction)
        let pairs = try found.map { try VoteRecord($0) }
        guard !pairs.isEmpty else { return 0 }
        var scope = MongoVotes.Scope(pairs)
        scope.followsStanding = true
        let book = try await votes.change(scope, at: .now()) { book in
            guard book.follow(move, of: voter, pairs.map(\.id)) else {
                throw MongoError.transient("the standing changed")
            }
        }
        try await project(book, noteCounted: true)
        VotingMetrics.reversed.with(move.standing == .good ? "restored" : "reversed").increment(
            by: book.changedPairs.count)
        return pairs.count
    }

    private func finish(_ voter: UserID, _ decision: Decision) async throws {
        let now = Instant.now()
        let moved = try await votes.voters.collection.findByID(.id(voter))?.int64("moved") ?? 0
        let event = OutgoingEvent(
            VotesReversed(voterID: voter, isRestored: decision.standing == .good, votes: moved, at: now), at: now)
        let result = try await votes.voters.collection.update(
            ["_id": .id(voter), "standingVersion": .int64(decision.version), "reversing": true],
            ["$unset": ["reversing": "", "moved": ""], "$push": .document([event].outboxPush)])
        guard result.matched == 1 else { return }
        await votes.voters.deliver([event], of: ["_id": .id(voter)])
        log.info(
            "votes follow their voter's standing",
            ["voter": voter.hex, "standing": decision.standing.rawValue, "votes": "\(moved)"])
    }

    // MARK: Review

    /// Makes a flagged vote follow its review. Done again, it changes nothing.
    func review(_ verdict: VoteReviewed) async throws {
        let id = VoteRecord.id(verdict.postID, verdict.voterID)
        guard let pair = try await votes.pair(id, of: verdict.postID) else {
            throw EventRejected("no such vote: \(verdict.postID) by \(verdict.voterID)")
        }
        try await evidence.update(
            ["_id": .objectID(id)],
            [
                "$set": [
                    "verdict": .string(verdict.isCleared ? "cleared" : "confirmed"),
                    "flagged": false,
                    "reviewedAt": .instant(verdict.reviewedAt), "reviewedBy": .string(verdict.reviewedBy),
                ]
            ])
        let now = Instant.now()
        let book = try await votes.change(MongoVotes.Scope([pair]), at: now) { book in
            book.review(id, of: verdict.voterID, isCleared: verdict.isCleared)
        }
        try await project(book, noteCounted: true)
        VotingMetrics.reviewed.with(verdict.isCleared ? "cleared" : "upheld").increment(by: book.changedPairs.count)
        log.info(
            "a vote was reviewed",
            [
                "post": verdict.postID.hex, "voter": verdict.voterID.hex,
                "verdict": verdict.isCleared ? "cleared" : "upheld",
            ])
    }
}
