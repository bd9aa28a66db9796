import Domain
import Events
import RedisClient
import Runtime
import VotingService

/// The vote script through our Redis client, without HTTP, from 64 tasks of one loop, beside `redis-benchmark`'s XADD.
///
/// Redis writes and syncs its file for both before it answers (`appendfsync always`).
struct VoteScriptBenchmark: Benchmark {
    static let name = "vote-script"
    private static let tasks = 64
    private static let voters = 2000

    func run(in workshop: Workshop) async throws -> [Finding] {
        let stores = try Stores(in: workshop)
        let clients = try StoreClients(stores)
        for partition in Partition.all { try await clients.redis.set(.voteEpoch(partition), 1) }
        let ballots = RedisBallots(redis: clients.redis)
        let voters = (0..<Self.voters).map { _ in UserID.new() }
        let peer = RedisBenchmark(stores, in: workshop)
        var (ours, theirs, asMany): ([Double], [Double], [Double]) = ([], [], [])
        for round in 0...5 {
            let votes = try await Self.votesPerSecond(voters, by: .new(), ballots, clients)
            let usual = try await Self.entriesPerSecond(peer, 50, clients)
            let few = try await Self.entriesPerSecond(peer, Self.tasks / RedisBenchmark.pipeline, clients)
            guard round > 0 else { continue }
            ours.append(votes)
            theirs.append(usual)
            asMany.append(few)
        }
        let unit = "votes a second"
        return [
            Finding(
                name: Self.name, unit: unit, ours: ours, peer: "redis-benchmark XADD -P 16", theirs: theirs,
                atLeast: 0.3),
            // For both a sync of the file is shared by what is under way at once: here as much as there are tasks.
            Finding(
                name: "\(Self.name)-as-many", unit: unit, ours: ours,
                peer: "the same with \(Self.tasks) entries under way", theirs: asMany),
        ]
    }

    private static func entriesPerSecond(
        _ peer: RedisBenchmark, _ connections: Int, _ clients: StoreClients
    ) async throws -> Double {
        let rate = try peer.operationsPerSecond(
            100_000, ["XADD", "bench:entries", "*", "data", String(repeating: "x", count: 400)],
            connections: connections)
        try await clients.redis.del(RedisKey("bench:entries"))
        return rate
    }

    private static func votesPerSecond(
        _ voters: [UserID], by author: UserID, _ ballots: RedisBallots, _ clients: StoreClients
    ) async throws -> Double {
        let start = Clock.seconds()
        let end = start + 2
        let count = try await clients.loops.loops[0].run {
            try await withThrowingTaskGroup(of: Int.self) { group in
                for task in 0..<tasks {
                    group.addTask {
                        var count = 0
                        var post = PostID.new()
                        while Clock.seconds() < end {
                            // The task's own voters, all of them for one post, then for the next one.
                            let index = count * tasks + task
                            if index % voters.count < tasks { post = .new() }
                            let vote = vote(for: post, of: author, by: voters[index % voters.count])
                            guard try await ballots.cast(vote, cap: 130_000, at: Clock.now).outcome == .new else {
                                throw BenchmarkFailure("a vote was not counted")
                            }
                            count += 1
                        }
                        return count
                    }
                }
                return try await group.reduce(0, +)
            }
        }
        return Double(count) / (Clock.seconds() - start)
    }

    private static func vote(for post: PostID, of author: UserID, by voter: UserID) -> VoteCast {
        VoteCast(
            postID: post, voterID: voter, authorID: author, category: .art,
            addressHash: String(repeating: "a", count: 32), deviceHash: String(repeating: "d", count: 32),
            sessionID: SessionID(voter.objectID), accountCreatedAt: Instant(milliseconds: 1_700_000_000_000))
    }
}
