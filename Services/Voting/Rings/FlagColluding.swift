import BSON
import Domain
import Events
import MongoClient
import Records
import Telemetry

/// Scores the votes of a colluding group again, with what is known by now, and flags those that reach the threshold.
///
/// The first votes from an address were scored when few had used it; now it is known how many there are. Collusion counts
/// only for voters who share an address or a device with another of the group: friendship alone flags nothing.
struct FlagColluding: Sendable {
    /// How many accounts each address and device has by now.
    struct Sizes: Sendable {
        private var sizes: [SharedUse.Kind: [String: Int]] = [:]

        init(_ uses: [SharedUse]) {
            for use in uses { sizes[use.kind, default: [:]][use.hash] = use.accounts.count }
        }

        subscript(kind: SharedUse.Kind, hash: String?) -> Int? { hash.flatMap { sizes[kind]?[$0] } }
    }

    private struct Judged: Sendable {
        let pair: ObjectID
        let voter: UserID
        let score: FraudScore
        let evidence: VoteEvidence
    }

    private static let votesPerTransaction = 100
    private static let votesPerFinding = 20_000

    let votes: MongoVotes
    let project: ProjectVotes
    let economy: EconomyConfiguration
    let evidence: MongoCollection

    init(votes: MongoVotes, project: ProjectVotes, economy: EconomyConfiguration) {
        self.votes = votes
        self.project = project
        self.economy = economy
        evidence = votes.mongo.collection(VoteCollections.evidence.name)
    }

    /// - Returns: how many votes were flagged that counted before.
    func callAsFunction(
        _ finding: CollusionFinding, of ring: ObjectID, _ sizes: Sizes, since: Instant, at now: Instant
    ) async throws -> Int {
        guard !finding.shared.isEmpty else { return 0 }
        try await showFlagged(ring, at: now)
        let suspects = try await suspects(finding, sizes, since)
        var flagged = 0
        for group in Dictionary(grouping: suspects, by: { Partition(of: $0.voter) }).values {
            for start in stride(from: 0, to: group.count, by: Self.votesPerTransaction) {
                let some = group[start..<min(group.count, start + Self.votesPerTransaction)]
                flagged += try await flag(Array(some), ring, now)
            }
        }
        return flagged
    }

    /// Sets in Redis what follows from votes of the ring that wait already: whoever flagged them may have ended before.
    private func showFlagged(_ ring: ObjectID, at now: Instant) async throws {
        try await evidence.forEachBatch(
            ["ring": .objectID(ring), "flagged": true], projection: ["_id": 1], batchSize: Self.votesPerTransaction
        ) { documents in
            let ids: [BSONValue] = try documents.map { .objectID(try $0.requireObjectID("_id")) }
            let pairs = try await votes.votes.find(["_id": ["$in": .array(ids)]]).map { try VoteRecord($0) }
            for some in Dictionary(grouping: pairs, by: { Partition(of: $0.voterID) }).values {
                try await project(try await votes.change(MongoVotes.Scope(some), at: now) { _ in })
            }
        }
    }

    /// Votes of the group's edges that no moderator has looked at and that reach the threshold now; none between people of
    /// whom a moderator has cleared a vote.
    private func suspects(_ finding: CollusionFinding, _ sizes: Sizes, _ since: Instant) async throws -> [Judged] {
        let scope: BSONDocument = [
            "voterId": ["$in": .array(finding.members.map { .id($0) })],
            "authorId": ["$in": .array(finding.targets.map { .id($0) })],
        ]
        var suspects: [(edge: VoteEdge, judged: Judged)] = []
        var excused: Set<VoteEdge> = []
        try await votes.votes.forEachBatch(scope, projection: ["_id": 1]) { pairs in
            let ids: [BSONValue] = try pairs.map { .objectID(try $0.requireObjectID("_id")) }
            for document in try await evidence.find(["_id": ["$in": .array(ids)]]) {
                let edge = VoteEdge(from: try document.requireID("voterId"), to: try document.requireID("authorId"))
                if document.string("verdict") == "cleared" { excused.insert(edge) }
                guard suspects.count < Self.votesPerFinding, document["verdict"] == nil,
                    document.bool("flagged") == false, let castAt = document.instant("createdAt"), castAt >= since,
                    let judged = try judge(document, finding, sizes), judged.score.isFlagged
                else { continue }
                suspects.append((edge, judged))
            }
        }
        return suspects.filter { !excused.contains($0.edge) }.map(\.judged)
    }

    private func judge(_ document: BSONDocument, _ finding: CollusionFinding, _ sizes: Sizes) throws -> Judged? {
        let record = try VoteEvidenceRecord(document)
        let voter: UserID = try document.requireID("voterId")
        let isColluding = finding.shared.contains { shared in
            let hash = shared.kind == .address ? record.addressHash : record.deviceHash
            return shared.hash == hash && shared.members.contains(voter)
        }
        guard isColluding else { return nil }
        let evidence = VoteEvidence(
            accountsOnAddress: Self.larger(record.accountsOnAddress, sizes[.address, record.addressHash]),
            accountsOnDevice: Self.larger(record.accountsOnDevice, sizes[.device, record.deviceHash]),
            accountAge: .seconds((record.accountAgeHours ?? 0) * 3600),
            votesInLastMinute: record.votesInLastMinute ?? 1, trustScore: record.trustScore ?? 50,
            isReciprocal: record.isReciprocal || finding.kind == .ring, isColluding: true)
        return Judged(
            pair: record.id, voter: voter, score: FraudScore(evidence, rules: economy.fraud), evidence: evidence)
    }

    private static func larger(_ one: Int?, _ other: Int?) -> Int? {
        [one, other].compactMap(\.self).max()
    }

    /// One transaction: states, totals, evidence, and the events that put the votes before moderators.
    private func flag(_ judged: [Judged], _ ring: ObjectID, _ now: Instant) async throws -> Int {
        let found = try await votes.votes.find([
            "_id": ["$in": .array(judged.map { .objectID($0.pair) })],
            "state": .string(VoteState.counted.rawValue),
        ])
        let pairs = try found.map { try VoteRecord($0) }
        guard !pairs.isEmpty else { return 0 }
        let byPair = Dictionary(judged.map { ($0.pair, $0) }) { first, _ in first }
        var scope = MongoVotes.Scope(pairs)
        for pair in pairs {
            guard let judged = byPair[pair.id] else { continue }
            scope.evidenceUpdates[pair.id] = Self.update(judged, ring)
            scope.flags[pair.id] = VoteFlagged(
                postID: pair.postID, voterID: pair.voterID, authorID: pair.authorID, score: judged.score.value,
                reasons: judged.score.reasons.map(\.signal.rawValue), flaggedAt: now)
        }
        let book = try await votes.change(scope, at: now) { book in book.flag(pairs.map(\.id)) }
        try await project(book)
        VotingMetrics.flagged.increment(by: book.flaggedPairs.count)
        return book.flaggedPairs.count
    }

    private static func update(_ judged: Judged, _ ring: ObjectID) -> BSONDocument {
        var set: BSONDocument = [
            "flagged": true, "fraudScore": .double(judged.score.value), "ring": .objectID(ring),
            "reasons": judged.score.reasonsValue, "signals.reciprocal": .bool(judged.evidence.isReciprocal),
        ]
        set.append(
            "signals.accountsOnAddress",
            ifPresent: judged.evidence.accountsOnAddress.map { .int32(Int32(clamping: $0)) })
        set.append(
            "signals.accountsOnDevice", ifPresent: judged.evidence.accountsOnDevice.map { .int32(Int32(clamping: $0)) })
        return ["$set": .document(set)]
    }
}

extension FraudScore {
    /// As evidence stores them.
    var reasonsValue: BSONValue {
        .array(reasons.map { .document(["signal": .string($0.signal.rawValue), "weight": .double($0.weight)]) })
    }
}
