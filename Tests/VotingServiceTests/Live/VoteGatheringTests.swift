import Domain
import Events
import RedisClient
import Runtime
import Testing
import TestSupport

@testable import VotingService

@Suite(.timeLimit(.minutes(2))) struct VoteGatheringTests {
    /// Answers each argument with the number of the call that it came with.
    private static let script = RedisScript(
        "local n = redis.call('INCR', KEYS[1]) for i = 1, #ARGV do ARGV[i] = ARGV[i] .. '@' .. n end return ARGV")

    /// A voter of each partition.
    private static let voters: [UserID] = Partition.all.map { partition in
        var voter = UserID.new()
        while Partition(of: voter) != partition { voter = .new() }
        return voter
    }

    /// A ballot that its cap tells from others. Partitions are the groups, even and odd ones the lanes.
    private func ballot(_ number: Int, in partition: Int) -> Ballot {
        Ballot(
            VoteCast(
                postID: .new(), voterID: Self.voters[partition], authorID: .new(), category: .art,
                accountCreatedAt: .now()),
            cap: number, at: Instant(milliseconds: 1_795_000_000_000))
    }

    /// Calls `script` with the caps; `usedToday` of the answers is the call's number, and a thousand times the cap.
    private func gathering(_ client: RedisClient, _ script: RedisScript = Self.script) -> VoteGathering {
        VoteGathering(
            script, on: client,
            { script.command(keys: [RedisKey("calls")], arguments: $0.map { .integer(Int64($0.cap)) }) },
            { (reply, _) throws(RedisError) in
                try reply.requireArray().map { (text) throws(RedisError) in
                    let numbers = text.text?.split(separator: "@").compactMap { Int($0) } ?? []
                    guard numbers.count == 2 else { throw RedisError.unexpectedReply(text) }
                    return RedisBallots.Cast(outcome: .new, usedToday: numbers[0] * 1000 + numbers[1], mark: nil)
                }
            })
    }

    /// The call that a ballot went with; nil where the answer is another's.
    private func call(_ cast: RedisBallots.Cast?, of number: Int) -> Int? {
        guard let cast, cast.usedToday / 1000 == number else { return nil }
        return cast.usedToday % 1000
    }

    @Test func `those who wait share calls, by group, and each gets its own answer`() async throws {
        let redis = try await TestRedis.start()
        let client = try redis.client()
        let gathering = gathering(client)
        let answers = try await TestLoops.shared().loops[0].run {
            try await withThrowingTaskGroup(of: (Int, RedisBallots.Cast).self) { tasks in
                for number in 0..<40 {
                    tasks.addTask { (number, try await gathering.run(ballot(number, in: number % 4))) }
                }
                return try await tasks.reduce(into: [:]) { $0[$1.0] = call($1.1, of: $1.0) }
            }
        }
        #expect(answers.count == 40)
        let calls = Dictionary(grouping: answers) { $0.value }
        #expect(calls.count == 4)
        #expect(calls.values.allSatisfy { Set($0.map { $0.key % 4 }).count == 1 })
        await client.close()
    }

    @Test func `what comes while a call is under way goes in the next one`() async throws {
        let redis = try await TestRedis.start()
        let client = try redis.client()
        let gathering = gathering(client)
        let loop = try TestLoops.shared().loops[0]
        let other = try redis.client()
        // The script is known from here on.
        #expect(call(try await gathering.run(ballot(99, in: 0)), of: 99) == 1)
        try await other.send(["CLIENT", "PAUSE", "60000", "WRITE"])
        let calls = try await loop.run {
            try await withThrowingTaskGroup(of: (Int, RedisBallots.Cast).self) { tasks in
                for number in 0..<10 {
                    tasks.addTask { (number, try await gathering.run(ballot(number, in: 0))) }
                    // Each comes in a tick of its own.
                    try await loop.sleep(for: .milliseconds(1))
                }
                try await other.send(["CLIENT", "UNPAUSE"])
                return try await tasks.reduce(into: [:]) { $0[$1.0] = call($1.1, of: $1.0) }
            }
        }
        #expect(calls[0] == 2)
        #expect((1..<10).allSatisfy { calls[$0] == 3 }, "\(calls)")
        await client.close()
        await other.close()
    }

    @Test func `a call carries sixteen at most, and sixty-four leave though others are under way`() async throws {
        let redis = try await TestRedis.start()
        let (client, other) = (try redis.client(), try redis.client())
        let gathering = gathering(client)
        let answers = Locked<[Int?]>([])
        _ = try await gathering.run(ballot(99, in: 0))
        try await other.send(["CLIENT", "PAUSE", "60000", "WRITE"])
        let loop = try TestLoops.shared().loops[0]
        try await loop.run {
            var number = 0
            // Each lot comes in a tick of its own.
            for lot in [1, 64, 6] {
                for _ in 0..<lot {
                    // Groups of one lane.
                    let (own, partition) = (number, number % 3 * 2)
                    gathering.begin(ballot(own, in: partition)) { answer in
                        let call = call(try? answer.get(), of: own)
                        answers.withLock { $0.append(call) }
                    }
                    number += 1
                }
                try await loop.sleep(for: .milliseconds(1))
            }
        }
        try await other.send(["CLIENT", "UNPAUSE"])
        try await eventually("all answers") { answers.withLock { $0.count } == 71 }
        let calls = Dictionary(grouping: answers.withLock { $0 }) { $0 }
        #expect(calls.values.map(\.count).sorted() == [1, 2, 2, 2, 5, 5, 6, 16, 16, 16])
        await client.close()
        await other.close()
    }

    @Test func `a call that fails fails for all who share it, and those who come after are not held up`() async throws {
        let redis = try await TestRedis.start()
        let client = try redis.client()
        let broken = gathering(client, RedisScript("return redis.error_reply('NO that')"))
        let short = gathering(client, RedisScript("return {}"))
        try await TestLoops.shared().loops[0].run {
            for gathering in [broken, broken, short] {
                let failures = await withTaskGroup(of: Bool.self) { tasks in
                    for number in 0..<3 {
                        tasks.addTask { (try? await gathering.run(ballot(number, in: 0))) == nil }
                    }
                    return await tasks.reduce(0) { $0 + ($1 ? 1 : 0) }
                }
                #expect(failures == 3)
            }
        }
        // Off any loop.
        #expect(call(try await self.gathering(client).run(ballot(7, in: 0)), of: 7) == 1)
        await client.close()
    }

    @Test func `a lane waits for its own calls only, and is free when they are answered`() async throws {
        let redis = try await TestRedis.start()
        let (client, other) = (try redis.client(), try redis.client())
        let gathering = gathering(client)
        let answers = Locked<[Int: Int]>([:])
        _ = try await gathering.run(ballot(99, in: 0))
        try await other.send(["CLIENT", "PAUSE", "60000", "WRITE"])
        let loop = try TestLoops.shared().loops[0]
        @Sendable func begin(_ number: Int, in partition: Int) {
            gathering.begin(ballot(number, in: partition)) { answer in
                let call = call(try? answer.get(), of: number)
                answers.withLock { $0[number] = call ?? 0 }
            }
        }
        try await loop.run {
            // Each comes in a tick of its own: the first odd one leaves though an even one is under way.
            for (number, partition) in [(0, 0), (1, 1), (3, 1), (5, 1)] {
                begin(number, in: partition)
                try await loop.sleep(for: .milliseconds(1))
            }
        }
        try await other.send(["CLIENT", "UNPAUSE"])
        try await eventually("all answers") { answers.withLock { $0.count } == 4 }
        #expect(answers.withLock { $0 } == [0: 2, 1: 3, 3: 4, 5: 4])
        try await loop.run {
            for partition in [0, 1] { begin(10 + partition, in: partition) }
        }
        try await eventually("both lanes again") { answers.withLock { $0.count } == 6 }
        await client.close()
        await other.close()
    }

    @Test func `waiting for the calls of others counts toward the deadline`() async throws {
        let redis = try await TestRedis.start()
        var options = RedisOptions.forTests
        options.deadline = .milliseconds(600)
        let (client, other) = (try redis.client(options: options), try redis.client())
        let gathering = gathering(client)
        let order = Locked<[String]>([])
        let loop = try TestLoops.shared().loops[0]
        try await loop.run {
            _ = try await gathering.run(ballot(99, in: 0))
            try await other.send(["CLIENT", "PAUSE", "60000", "WRITE"])
            gathering.begin(ballot(1, in: 0)) { _ in
                order.withLock { $0.append("first") }
                loop.schedule(after: .milliseconds(300)) { order.withLock { $0.append("half a deadline later") } }
            }
            try await loop.sleep(for: .milliseconds(1))
            // Leaves when the first has failed, and has waited for as long as it may by then.
            gathering.begin(ballot(2, in: 0)) { _ in order.withLock { $0.append("second") } }
        }
        try await eventually("both failures") { order.withLock { $0.count } == 3 }
        #expect(order.withLock { $0 } == ["first", "second", "half a deadline later"])
        try await other.send(["CLIENT", "UNPAUSE"])
        await client.close()
        await other.close()
    }
}
