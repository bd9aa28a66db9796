import BSON
import Domain
import MongoClient
import Records
import Security
import Telemetry

/// Looks through the votes of the last weeks for groups that collude, stores what it finds, and puts votes that rest on a
/// shared address or device before moderators.
///
/// Reads in batches and in bounded memory. Done again, it finds the same groups, which are the same documents, and flags
/// what it has not flagged before; what a moderator has cleared between two people is left alone.
struct FindRings: Sendable {
    /// What a run came to.
    struct Figures: Sendable, Equatable {
        var votes = 0
        var evidence = 0
        var findings = 0
        var flagged = 0
        /// What there was no room for.
        var leftOut = 0

        var document: BSONDocument {
            [
                "votes": .int64(Int64(votes)), "evidence": .int64(Int64(evidence)),
                "findings": .int64(Int64(findings)), "flagged": .int64(Int64(flagged)),
                "leftOut": .int64(Int64(leftOut)),
            ]
        }
    }

    /// The most edges, authors, addresses and devices held at once; each takes about a hundred bytes.
    private static let capacity = 200_000
    /// The most votes, and evidence, that one run looks at.
    private static let longest = 5_000_000
    private static let batch = 1000
    private static let findingsPerRun = 500

    let votes: MongoVotes
    let flag: FlagColluding
    let economy: EconomyConfiguration
    private let log = Logger(label: "voting.rings")

    init(votes: MongoVotes, flag: FlagColluding, economy: EconomyConfiguration) {
        self.votes = votes
        self.flag = flag
        self.economy = economy
    }

    /// - Parameter alive: called now and then; throws when the run is to end.
    func callAsFunction(at now: Instant, alive: @Sendable () async throws -> Void) async throws -> Figures {
        var figures = Figures()
        let since = now - .days(economy.collusion.days)
        let graph = try await graph(since, &figures, alive)
        let uses = try await uses(since, &figures, alive)
        figures.leftOut = graph.leftOut + uses.leftOut
        let shared = uses.shared
        let sizes = FlagColluding.Sizes(shared)
        let findings = CollusionRules(economy).findings(in: graph, shared)
        figures.findings = findings.count
        figures.leftOut += max(0, findings.count - Self.findingsPerRun)
        for finding in findings.prefix(Self.findingsPerRun) {
            try await alive()
            figures.flagged += try await follow(finding, sizes, since, now)
        }
        log.info("looked for rings", ["votes": "\(figures.votes)", "findings": "\(figures.findings)"])
        return figures
    }

    /// All votes of a voter are in one partition, so that a partition is a group of voters.
    private func graph(
        _ since: Instant, _ figures: inout Figures, _ alive: @Sendable () async throws -> Void
    ) async throws -> VoteGraph {
        var graph = VoteGraph(votesPerEdge: economy.collusion.votesPerEdge, capacity: Self.capacity)
        for partition in Partition.all {
            let room = Self.longest - figures.votes
            guard room > 0 else { break }
            var seen = 0
            try await votes.votes.forEachBatch(
                ["partition": .int32(Int32(partition.number)), "createdAt": ["$gte": .instant(since)]],
                projection: ["voterId": 1, "authorId": 1, "state": 1], batchSize: Self.batch
            ) { documents in
                try await alive()
                for document in documents where seen < room && Self.isSuspicious(document) {
                    seen += 1
                    graph.add(from: try document.requireID("voterId"), to: try document.requireID("authorId"))
                }
            }
            figures.votes += seen
            graph.endGroup()
        }
        return graph
    }

    /// Votes of banned people are gone already, and what was upheld or is yet to come says nothing.
    private static func isSuspicious(_ vote: BSONDocument) -> Bool {
        let state = vote.string("state").flatMap(VoteState.init)
        return state == .counted || state == .flagged
    }

    private func uses(
        _ since: Instant, _ figures: inout Figures, _ alive: @Sendable () async throws -> Void
    ) async throws -> SharedUseSample {
        var uses = SharedUseSample(capacity: Self.capacity)
        var seen = 0
        try await flag.evidence.forEachBatch(
            ["createdAt": ["$gte": .instant(since)]],
            projection: ["voterId": 1, "authorId": 1, "ipHash": 1, "deviceHash": 1], batchSize: Self.batch
        ) { documents in
            try await alive()
            for document in documents where seen < Self.longest {
                seen += 1
                let (voter, author): (UserID, UserID) = (
                    try document.requireID("voterId"), try document.requireID("authorId")
                )
                if let hash = document.string("ipHash") { uses.add(.address, hash, from: voter, to: author) }
                if let hash = document.string("deviceHash") { uses.add(.device, hash, from: voter, to: author) }
            }
        }
        figures.evidence = seen
        return uses
    }

    /// Stores a finding and flags its votes; returns how many were flagged now.
    private func follow(
        _ finding: CollusionFinding, _ sizes: FlagColluding.Sizes, _ since: Instant, _ now: Instant
    ) async throws -> Int {
        let id = ObjectID.deriving(
            ["vote-ring", finding.kind.rawValue] + (finding.members + finding.targets).map(\.hex))
        try await store(finding, id, now)
        let flagged = try await flag(finding, of: id, sizes, since: since, at: now)
        if flagged > 0 {
            try await store(finding, id, now)
            log.warning(
                "votes of a group wait for review", ["ring": id.hex, "votes": "\(flagged)", "why": finding.explanation])
        }
        VotingMetrics.rings.with(finding.kind.rawValue).increment()
        return flagged
    }

    private func store(_ finding: CollusionFinding, _ id: ObjectID, _ now: Instant) async throws {
        let flagged = try await flag.evidence.count(["ring": .objectID(id)])
        let record = VoteRingRecord(finding, id: id, flaggedVotes: flagged, at: now)
        try await upsert(record.document, id, now)
    }

    private func upsert(_ ring: BSONDocument, _ id: ObjectID, _ now: Instant) async throws(MongoError) {
        var set = BSONDocument()
        for (key, value) in ring.elements where key != "_id" && key != "firstSeenAt" { set.append(key, value) }
        let update: BSONDocument = ["$set": .document(set), "$setOnInsert": ["firstSeenAt": .instant(now)]]
        let rings = votes.mongo.collection(VoteCollections.rings.name)
        do {
            _ = try await rings.update(["_id": .objectID(id)], update, upsert: true)
        } catch {
            // Else another worker has stored the same group at this very moment.
            if !error.isDuplicateKey { throw error }
        }
    }
}
