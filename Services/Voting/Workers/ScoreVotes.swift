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

    /// Scores each vote that is cast for the first time.
    func callAsFunction(_ entries: [VoteEntry]) async throws -> ScoredVotes {
        var scored = ScoredVotes(reserving: entries.count)
        var (voters, authors): (Set<UserID>, Set<UserID>) = ([], [])
        var (addresses, devices) = (Uses(), Uses())
        for entry in entries {
            guard case .cast(let vote) = entry.content, !vote.isRepeat else { continue }
            voters.insert(entry.voterID)
            authors.insert(entry.authorID)
            addresses.add(vote.addressHash, entry.voterID)
            devices.add(vote.deviceHash, entry.voterID)
        }
        guard !voters.isEmpty else { return scored }
        try await count(&addresses, "addresses", Self.addressMemory)
        try await count(&devices, "devices", Self.deviceMemory)
        let trust = try await trustScores(voters)
        let mutual = try await votes.reciprocity(authors: authors, voters: voters)
        for entry in entries {
            guard case .cast(let vote) = entry.content, !vote.isRepeat else { continue }
            let evidence = VoteEvidence(
                accountsOnAddress: addresses.crowd(vote.addressHash, entry.voterID),
                accountsOnDevice: devices.crowd(vote.deviceHash, entry.voterID),
                accountAge: entry.at - vote.accountCreatedAt, votesInLastMinute: entry.pace,
                trustScore: trust[entry.voterID] ?? 50,
                isReciprocal: !mutual.isEmpty && mutual.contains(.init(voter: entry.authorID, author: entry.voterID)))
            let score = FraudScore(evidence, rules: economy.fraud)
            scored.add(entry.pair, vote, castAt: entry.at, evidence, score)
        }
        return scored
    }

    /// Who used which address, or device. A voter's many votes ask once, and mostly come from where the last one did.
    private struct Uses {
        struct Use: Hashable {
            let voter: UserID
            let hash: String
        }

        private(set) var all: [Use] = []
        /// Where in `all` what a voter used last is.
        private var latest: [UserID: Int] = [:]
        /// What those use who use more than one.
        private var others: [Use: Int] = [:]
        var crowds: [Int?] = []

        mutating func add(_ hash: String?, _ voter: UserID) {
            guard let hash, place(hash, voter) == nil else { return }
            if let last = latest[voter] { others[all[last]] = last }
            latest[voter] = all.count
            all.append(Use(voter: voter, hash: hash))
        }

        /// Distinct accounts; nil where a vote has no hash.
        func crowd(_ hash: String?, _ voter: UserID) -> Int? {
            hash.flatMap { place($0, voter) }.flatMap { crowds[$0] }
        }

        private func place(_ hash: String, _ voter: UserID) -> Int? {
            guard let last = latest[voter] else { return nil }
            return all[last].hash == hash ? last : others[Use(voter: voter, hash: hash)]
        }
    }

    private func count(_ uses: inout Uses, _ kind: String, _ memory: Int) async throws {
        let replies = try await redis.runAll(
            Self.crowdScript,
            uses.all.map { use in
                (
                    keys: [.voteCrowd(kind, use.hash)],
                    arguments: [.text(use.voter.hex), RedisArgument(memory), RedisArgument(Self.largestCrowd)]
                )
            })
        uses.crowds = replies.map { $0.integer.map { Int($0) } }
    }

    private func trustScores(_ voters: Set<UserID>) async throws -> [UserID: Int] {
        var scores: [UserID: Int] = [:]
        for some in MongoVotes.lookups(voters) {
            let found = try await users.find(
                ["_id": ["$in": .array(some.map { .id($0) })]], projection: ["trustScore": 1])
            for document in found { scores[try document.requireID("_id")] = document.int("trustScore") }
        }
        return scores
    }
}
