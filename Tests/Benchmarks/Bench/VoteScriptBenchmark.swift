import Domain
import Events
import JSON
import RedisClient
import Runtime

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
        for partition in Partition.all { try await clients.redis.set(RedisKey(partition.tag, "votes", "epoch"), 1) }
        let script = RedisScript(try workshop.read(workshop.script("cast")))
        let voters = (0..<Self.voters).map { _ in UserID.new() }
        let author = UserID.new()
        _ = try await Ballot(voters[0], .new(), by: author).cast(script, clients.redis)
        var (ours, theirs): ([Double], [Double]) = ([], [])
        for round in 0...5 {
            let votes = try await Self.votesPerSecond(voters, author, script, clients)
            let entries = try RedisBenchmark(stores, in: workshop).operationsPerSecond(
                100_000, ["XADD", "bench:entries", "*", "data", String(repeating: "x", count: 400)])
            try await clients.redis.del(RedisKey("bench:entries"))
            guard round > 0 else { continue }
            ours.append(votes)
            theirs.append(entries)
        }
        return [
            Finding(
                name: Self.name, unit: "votes a second", ours: ours, peer: "redis-benchmark XADD -P 16",
                theirs: theirs, atLeast: 0.3)
        ]
    }

    private static func votesPerSecond(
        _ voters: [UserID], _ author: UserID, _ script: RedisScript, _ clients: StoreClients
    ) async throws -> Double {
        let start = Clock.seconds()
        let end = start + 2
        let redis = clients.redis
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
                            let ballot = Ballot(voters[index % voters.count], post, by: author)
                            guard try await ballot.cast(script, redis) else {
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
}

/// One vote, as the service hands it to the script.
private struct Ballot {
    private let voter: UserID
    private let post: PostID
    private let vote: VoteCast

    init(_ voter: UserID, _ post: PostID, by author: UserID) {
        self.voter = voter
        self.post = post
        vote = VoteCast(
            postID: post, voterID: voter, authorID: author, category: .art,
            addressHash: String(repeating: "a", count: 32), deviceHash: String(repeating: "d", count: 32),
            sessionID: SessionID(voter.objectID), accountCreatedAt: Instant(milliseconds: 1_700_000_000_000))
    }

    /// - Returns: whether it counted.
    func cast(_ script: RedisScript, _ redis: RedisClient) async throws -> Bool {
        let now = Clock.now
        let tag = Partition(of: voter).tag
        let call = script.command(keys: 6, arguments: 11, capacity: 1000) { call in
            for name: StaticString in [
                ":votes:epoch", ":votes:pairs:", ":votes:used:", ":votes:pace:", ":votes:blocks:",
            ] {
                call.argument {
                    $0.append(tag)
                    $0.append(name)
                    if name.utf8CodeUnitCount > 12 { $0.append(words: voter.hexWords) }
                }
            }
            call.argument {
                $0.append(tag)
                $0.append(":events:votes")
            }
            call.argument { $0.append(words: post.hexWords) }
            call.argument { $0.append(words: vote.authorID.hexWords) }
            call.argument(1_000_000)
            call.argument(now.milliseconds / 1000 + 172_800)
            call.argument("")
            call.argument(VoteCast.type)
            call.argument(1)
            call.argument { $0.append(words: EventID.new().hexWords) }
            call.argument(now.milliseconds)
            call.argument("")
            var data = JSONWriter()
            vote.write(to: &data)
            call.argument(data.bytes)
        }
        let reply = try await redis.run(script, call)
        return reply.text?.hasPrefix("new ") == true
    }
}
