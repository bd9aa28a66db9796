import BSON
import Domain
import Events
import MongoClient
import Records
import ServiceKit
import Telemetry

/// Takes votes back and gives them back: with their voter's standing, or one by one after review.
struct JudgeVotes: Sendable {
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
        try await note(standing, of: voter, version: version, at: now)
        guard let document = try await votes.voters.collection.findByID(.id(voter)), document.bool("reversing") == true,
            let current = document.string("standing").flatMap(VoterStanding.init),
            let currentVersion = document.int64("standingVersion")
        else { return }
        var moved: Int64 = 0
        while true {
            let count = try await moveSome(of: voter, to: current)
            moved += Int64(count)
            if count == 0 { break }
        }
        try await finish(voter, current, currentVersion, moved)
    }

    /// Stores a decision unless a newer one is stored.
    private func note(_ standing: VoterStanding, of voter: UserID, version: Int64, at now: Instant) async throws {
        do {
            try await votes.voters.collection.update(
                [
                    "_id": .id(voter),
                    "$or": [["standingVersion": ["$exists": false]], ["standingVersion": ["$lt": .int64(version)]]],
                ],
                [
                    "$set": [
                        "standing": .string(standing.rawValue), "standingVersion": .int64(version), "reversing": true,
                        "updatedAt": .instant(now),
                    ]
                ], upsert: true)
        } catch MongoError.duplicateKey {
            return  // the voter is there, with a decision that is as new or newer
        }
    }

    /// Moves some pairs to where the standing puts them; returns how many there were.
    private func moveSome(of voter: UserID, to standing: VoterStanding) async throws -> Int {
        let (from, to): (VoteState, VoteState) = standing == .good ? (.reversed, .counted) : (.counted, .reversed)
        let found = try await votes.votes.find(
            ["voterId": .id(voter), "state": .string(from.rawValue)], limit: Self.pairsPerTransaction)
        let pairs = try found.map { try VoteRecord($0) }
        guard !pairs.isEmpty else { return 0 }
        let now = Instant.now()
        let book = try await votes.change(scope(pairs), at: now) { book in
            guard book.standing(of: voter) == standing else { throw MongoError.transient("the standing changed") }
            for pair in pairs { try book.apply(.judged(from: from, to: to, now: now), to: pair.id) }
        }
        try await project(book, noteCounted: true)
        VotingMetrics.reversed.with(standing == .good ? "restored" : "reversed").increment(by: book.changedPairs.count)
        return pairs.count
    }

    private func finish(_ voter: UserID, _ standing: VoterStanding, _ version: Int64, _ moved: Int64) async throws {
        let now = Instant.now()
        let event = OutgoingEvent(
            VotesReversed(voterID: voter, isRestored: standing == .good, votes: moved, at: now), at: now)
        let result = try await votes.voters.collection.update(
            ["_id": .id(voter), "standingVersion": .int64(version), "reversing": true],
            ["$unset": ["reversing": ""], "$push": .document([event].outboxPush)])
        guard result.matched == 1 else { return }
        await votes.voters.deliver([event], of: ["_id": .id(voter)])
        log.info(
            "votes follow their voter's standing",
            ["voter": voter.hex, "standing": standing.rawValue, "votes": "\(moved)"])
    }

    // MARK: Review

    /// A flagged vote that was cleared counts, unless its voter is banned; one that was confirmed stays as it is.
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
                    "flagged": .bool(!verdict.isCleared),
                    "reviewedAt": .instant(verdict.reviewedAt), "reviewedBy": .string(verdict.reviewedBy),
                ]
            ])
        guard verdict.isCleared else { return }
        let now = Instant.now()
        let book = try await votes.change(scope([pair]), at: now) { book in
            let to: VoteState = book.standing(of: verdict.voterID) == .good ? .counted : .reversed
            try book.apply(.judged(from: .flagged, to: to, now: now), to: id)
        }
        try await project(book, noteCounted: true)
        log.info("a vote was cleared", ["post": verdict.postID.hex, "voter": verdict.voterID.hex])
    }

    /// Pairs of one voter.
    private func scope(_ pairs: [VoteRecord]) -> MongoVotes.Scope {
        var scope = MongoVotes.Scope(partition: Partition(of: pairs[0].voterID))
        scope.pairs = Set(pairs.map(\.id))
        scope.voters = Set(pairs.map(\.voterID))
        scope.authors = Set(pairs.map(\.authorID))
        scope.posts = Set(pairs.map(\.postID))
        return scope
    }
}
