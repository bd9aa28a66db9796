import BSON
import Domain
import Events
import MongoClient
import Records
import RedisClient

/// Scores votes by the evidence stamped on them, before they can count.
struct ScoreVotes: Sendable {
    private static let crowdScript = RedisScript(PackageResources.crowd_lua)
    private static let addressMemory = 86_400
    private static let deviceMemory = 30 * 86_400
    private static let largestCrowd = 64

    let redis: RedisClient
    let votes: MongoVotes
    let users: MongoCollection
    let economy: EconomyConfiguration

    /// A score for each vote cast, by its pair.
    func callAsFunction(_ entries: [VoteEntry]) async throws -> [ObjectID: ScoredVote] {
        let casts = entries.compactMap { entry -> (entry: VoteEntry, event: EventEnvelope<VoteCast>)? in
            if case .cast(let event) = entry.content, !event.payload.isRepeat { return (entry, event) }
            return nil
        }
        guard !casts.isEmpty else { return [:] }
        let voters = Set(casts.map(\.event.payload.voterID))
        let addresses = try await crowds(
            "addresses", casts.map { ($0.event.payload.addressHash, $0.entry.voterID) }, Self.addressMemory)
        let devices = try await crowds(
            "devices", casts.map { ($0.event.payload.deviceHash, $0.entry.voterID) }, Self.deviceMemory)
        let trust = try await trustScores(voters)
        let mutual = try await votes.reciprocity(authors: Set(casts.map(\.event.payload.authorID)), voters: voters)
        var scored: [ObjectID: ScoredVote] = [:]
        for (index, cast) in casts.enumerated() {
            let vote = cast.event.payload
            let evidence = VoteEvidence(
                accountsOnAddress: addresses[index], accountsOnDevice: devices[index],
                accountAge: cast.event.occurredAt - vote.accountCreatedAt, votesInLastMinute: cast.entry.pace,
                trustScore: trust[vote.voterID] ?? 50,
                isReciprocal: mutual.contains(.init(voter: vote.authorID, author: vote.voterID)))
            let score = FraudScore(evidence, rules: economy.fraud)
            scored[cast.entry.pair] = ScoredVote(
                vote: vote, castAt: cast.event.occurredAt, evidence: evidence, score: score)
        }
        return scored
    }

    private struct Use: Hashable {
        let hash: String
        let voter: UserID
    }

    /// Distinct accounts on each address or device; nil where a vote has none. A voter's many votes ask once.
    private func crowds(_ kind: String, _ seen: [(hash: String?, voter: UserID)], _ memory: Int) async throws -> [Int?]
    {
        var places: [Use: Int] = [:]
        var uses: [Use] = []
        let asked = seen.map { hash, voter -> Int? in
            guard let hash else { return nil }
            let use = Use(hash: hash, voter: voter)
            if let place = places[use] { return place }
            places[use] = uses.count
            uses.append(use)
            return uses.count - 1
        }
        let replies = try await redis.runAll(
            Self.crowdScript,
            uses.map { use in
                (
                    keys: [.voteCrowd(kind, use.hash)],
                    arguments: [.text(use.voter.hex), RedisArgument(memory), RedisArgument(Self.largestCrowd)]
                )
            })
        return asked.map { $0.flatMap { place in replies[place].integer.map { Int($0) } } }
    }

    private func trustScores(_ voters: Set<UserID>) async throws -> [UserID: Int] {
        let found = try await users.find(
            ["_id": ["$in": .array(voters.map { .id($0) })]], projection: ["trustScore": 1])
        var scores: [UserID: Int] = [:]
        for document in found { scores[try document.requireID("_id")] = document.int("trustScore") }
        return scores
    }
}
