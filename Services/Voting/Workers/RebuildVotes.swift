import BSON
import Domain
import Events
import MongoClient
import Records
import RedisClient
import ServiceKit
import Telemetry

/// Puts a voters' partition of Redis together anew from MongoDB, and says so with its epoch at the very end.
///
/// The stream's last id is moved past the newest one persisted before any vote is taken, so that a newer vote is never
/// older than what is stored. Two that rebuild at once write the same.
struct RebuildVotes: Sendable {
    private static let batch = 500

    let redis: RedisClient
    let votes: MongoVotes
    let ballots: RedisBallots
    let boards: RedisBoards
    let blocks: MongoCollection
    private let log = Logger(label: "voting.rebuild")

    init(redis: RedisClient, votes: MongoVotes, blocks: MongoCollection) {
        self.redis = redis
        self.votes = votes
        self.blocks = blocks
        ballots = RedisBallots(redis: redis)
        boards = RedisBoards(redis: redis)
    }

    /// The partitions without an epoch.
    func missing() async throws -> [Partition] {
        let replies = try await redis.pipeline(Partition.all.map { ["EXISTS", .key(.voteEpoch($0))] })
        return zip(Partition.all, replies).filter { $0.1.integer == 0 }.map(\.0)
    }

    func callAsFunction(_ partition: Partition, at started: Instant = .now()) async throws {
        let lock = RedisKey.voteRebuild(partition)
        guard try await redis.set(lock, "1", expiry: .seconds(30), onlyIfAbsent: true) else { return }
        let pairs: Int
        do {
            try await moveStream(partition)
            pairs = try await restorePairs(partition, at: started)
            try await restoreBoards(partition, at: started)
            try await restoreBlocks(partition, at: started)
            try await redis.set(.voteEpoch(partition), .integer(Instant.now().milliseconds))
        } catch {
            _ = try? await redis.del(lock)  // where this fails too, the lock ends by itself
            throw error
        }
        try await redis.del(lock)
        VotingMetrics.rebuilds.increment()
        log.info("partition rebuilt", ["partition": partition.tag, "pairs": "\(pairs)"])
    }

    private func moveStream(_ partition: Partition) async throws {
        let stream = Topic.votes.stream(partition)
        try await redis.xgroupCreate(stream, PersistVotes.group, from: "0")
        let position = try await votes.position(of: partition)
        let reply = try await redis.send(["XINFO", "STREAM", .key(stream)])
        let fields = reply.array ?? []
        let place = fields.firstIndex { $0.text == "last-generated-id" }
        guard let place, place + 1 < fields.count, let last = fields[place + 1].text.flatMap(RedisStreamID.init) else {
            throw RedisError.unexpectedReply(reply)
        }
        if last < position { try await redis.send(["XSETID", .key(stream), .text(position.description)]) }
    }

    /// Pairs that still belong in Redis, and what their voters have used of the day's cap; of the days two hours away too,
    /// so that clocks which are an hour wrong, one this way and one that way, grant nothing.
    private func restorePairs(_ partition: Partition, at now: Instant) async throws -> Int {
        let oldest = now - .days(EconomyConfiguration.standard.votePairRedisDays + 12)
        let days = Dictionary(
            [now - .hours(2), now, now + .hours(2)].map { (VoteTally.day(of: $0), $0) }, uniquingKeysWith: { $1 })
        var used: [RebuiltDay: Int] = [:]
        var count = 0
        try await votes.votes.forEachBatch(
            ["partition": .int32(Int32(partition.number)), "createdAt": ["$gte": .instant(oldest)]],
            batchSize: Self.batch
        ) { documents in
            let pairs = try documents.map { try VoteRecord($0) }
            for pair in pairs {
                guard let day = days[VoteTally.day(of: pair.createdAt)] else { continue }
                used[RebuiltDay(voter: pair.voterID, day: day), default: 0] += 1
            }
            try await ballots.remember(pairs, at: now)
            try await redis.expire(.voteRebuild(partition), after: .seconds(30))
            count += pairs.count
        }
        try await ballots.restore(used: used)
        return count
    }

    private func restoreBoards(_ partition: Partition, at now: Instant) async throws {
        try await votes.authorTotals.collection.forEachBatch(
            ["partition": .int32(Int32(partition.number))], batchSize: Self.batch
        ) { documents in
            let shares = try documents.map { document in
                let author = try AuthorTotals(document)
                let names = author.boards.keys.compactMap(Board.init(name:)).filter { $0.isKept(at: now) }
                return (author: author, boards: Set(names + [Board(.alltime, at: now)]))
            }
            try await boards.set(shares, partition: partition)
            try await redis.expire(.voteRebuild(partition), after: .seconds(30))
        }
    }

    private func restoreBlocks(_ partition: Partition, at now: Instant) async throws {
        try await blocks.forEachBatch(
            ["kind": "block"], projection: ["ownerId": 1, "otherId": 1], batchSize: Self.batch
        ) { documents in
            var here: [(one: UserID, other: UserID)] = []
            for document in documents {
                let owner: UserID = try document.requireID("ownerId")
                let other: UserID = try document.requireID("otherId")
                here += [(owner, other), (other, owner)].filter { Partition(of: $0.0) == partition }
            }
            try await ballots.block(here, at: now)
        }
    }
}

/// A voter and a moment of one of the days whose use is put back.
struct RebuiltDay: Hashable {
    let voter: UserID
    let day: Instant
}
