import Domain
import Events
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
        for partition in Partition.all { try await clients.redis.set(RedisKey(partition.tag, "votes", "epoch4"), 1) }
        let script = RedisScript(try workshop.read(workshop.script("cast")))
        let gathering = RedisGathering(script, on: clients.redis, Ballot.call(of: script), Ballot.counted)
        let voters = (0..<Self.voters).map { _ in UserID.new() }
        let author = UserID.new()
        _ = try await Ballot(voters[0], .new(), by: author).cast(gathering)
        var (ours, theirs): ([Double], [Double]) = ([], [])
        for round in 0...5 {
            let votes = try await Self.votesPerSecond(voters, author, gathering, clients)
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
        _ voters: [UserID], _ author: UserID, _ gathering: RedisGathering<Ballot, Bool>, _ clients: StoreClients
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
                            let ballot = Ballot(voters[index % voters.count], post, by: author)
                            guard try await ballot.cast(gathering) else {
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
private struct Ballot: Sendable {
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
    func cast(_ gathering: RedisGathering<Ballot, Bool>) async throws -> Bool {
        try await gathering.run(self, in: Partition(of: voter).number)
    }

    /// All of them where the script tells of nothing else than new votes.
    @Sendable static func counted(_ reply: RedisReply, _ count: Int) throws(RedisError) -> [Bool] {
        let parts = try reply.requireArray()
        return Array(repeating: parts.count == 2 && parts[1].bytes?.count == 8 * count, count: count)
    }

    /// The call that the service makes for votes of one partition.
    static func call(of script: RedisScript) -> @Sendable ([Ballot]) -> RedisCommand {
        { ballots in
            let now = Clock.now
            let (day, rest) = now.milliseconds.quotientAndRemainder(dividingBy: 86_400_000)
            let tag = Partition(of: ballots[0].voter).tag
            let comesAgain = Set(ballots.map(\.voter)).count < ballots.count
            return script.command(
                keys: 3 + ballots.count, arguments: comesAgain ? 4 : 3, capacity: 300 + 350 * ballots.count
            ) { call in
                for name in [":votes:epoch4", ":events:votes", ":votes:blocks"] { call.argument(tag + name) }
                for ballot in ballots {
                    call.argument {
                        $0.append(tag)
                        $0.append(":votes:pairs:")
                        $0.append(words: ballot.voter.hexWords)
                        $0.append(":")
                        $0.append(day / 10)
                    }
                }
                call.argument(day)
                call.argument([12, 6, 0].map { UInt8(48 + (rest / 1000) >> $0 & 63) })
                call.argument { for ballot in ballots { ballot.write(to: &$0, at: now) } }
                if comesAgain { call.argument("+") }
            }
        }
    }

    /// As the service's `VoteCard` is.
    private func write(to call: inout RedisCommandWriter, at now: Instant) {
        for words in [post.hexWords, voter.hexWords, vote.authorID.hexWords] { call.append(words: words) }
        call.append("O``")  // a cap of more than 130,000
        call.append(" ")
        call.append(now.milliseconds)
        call.append(" ")
        call.append(vote.accountCreatedAt.milliseconds)
        call.append(" ")
        if let session = vote.sessionID { call.append(words: session.hexWords) }
        for word in [vote.addressHash ?? "-", vote.deviceHash ?? "-", vote.category.rawValue, "-"] {
            call.append(" ")
            call.append(word)
        }
    }
}
