import Runtime
import Testing
import TestSupport

@testable import RedisClient

@Suite(.timeLimit(.minutes(2))) struct RedisGatheringTests {
    /// Answers each argument with the number of the call that it came with.
    private static let script = RedisScript(
        "local n = redis.call('INCR', KEYS[1]) for i = 1, #ARGV do ARGV[i] = ARGV[i] .. '@' .. n end return ARGV")

    private func gathering(_ client: RedisClient, _ script: RedisScript = Self.script) -> RedisGathering<
        String, String?
    > {
        RedisGathering(
            script, on: client, { script.command(keys: [RedisKey("calls")], arguments: $0.map { .text($0) }) },
            { (reply, _) throws(RedisError) in try reply.requireArray().map(\.text) })
    }

    @Test func `those who wait share calls, by group, and each gets its own answer`() async throws {
        let redis = try await TestRedis.start()
        let client = try redis.client()
        let gathering = gathering(client)
        let answers = try await TestLoops.shared().loops[0].run {
            try await withThrowingTaskGroup(of: (String, String?).self) { tasks in
                for number in 0..<40 {
                    tasks.addTask { ("\(number)", try await gathering.run("\(number)", in: number % 4)) }
                }
                return try await tasks.reduce(into: [:]) { $0[$1.0] = $1.1 }
            }
        }
        #expect(answers.count == 40 && answers.allSatisfy { $0.value.hasPrefix("\($0.key)@") })
        let calls = Dictionary(grouping: answers) { $0.value.split(separator: "@").last }
        #expect(calls.count == 4)
        #expect(calls.values.allSatisfy { Set($0.map { (Int($0.key) ?? 0) % 4 }).count == 1 })
        await client.close()
    }

    @Test func `what comes while a call is under way goes in the next one`() async throws {
        let redis = try await TestRedis.start()
        let client = try redis.client()
        let gathering = gathering(client)
        let loop = try TestLoops.shared().loops[0]
        let other = try redis.client()
        #expect(try await gathering.run("the script is known from here on", in: 0)?.hasSuffix("@1") == true)
        try await other.send(["CLIENT", "PAUSE", "60000", "WRITE"])
        let calls = try await loop.run {
            try await withThrowingTaskGroup(of: (Int, String?).self) { tasks in
                for number in 0..<10 {
                    tasks.addTask { (number, try await gathering.run("\(number)", in: 0)) }
                    // Each comes in a tick of its own.
                    try await loop.sleep(for: .milliseconds(1))
                }
                try await other.send(["CLIENT", "UNPAUSE"])
                return try await tasks.reduce(into: [:]) { $0[$1.0] = $1.1 }
            }
        }
        #expect(calls[0] == "0@2")
        #expect((1..<10).allSatisfy { calls[$0] == "\($0)@3" }, "\(calls)")
        await client.close()
        await other.close()
    }

    @Test func `a call carries sixteen at most, and sixty-four leave though others are under way`() async throws {
        let redis = try await TestRedis.start()
        let (client, other) = (try redis.client(), try redis.client())
        let gathering = gathering(client)
        let answers = Locked<[Substring]>([])
        _ = try await gathering.run("the script is known from here on", in: 0)
        try await other.send(["CLIENT", "PAUSE", "60000", "WRITE"])
        let loop = try TestLoops.shared().loops[0]
        try await loop.run {
            var number = 0
            // Each lot comes in a tick of its own.
            for lot in [1, 64, 6] {
                for _ in 0..<lot {
                    // Groups of one lane.
                    gathering.begin("\(number)", in: number % 3 * 2) { answer in
                        let text = try? answer.get()
                        let call = text?.split(separator: "@").last ?? "failed"
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
                        tasks.addTask { (try? await gathering.run("\(number)", in: 0)) == nil }
                    }
                    return await tasks.reduce(0) { $0 + ($1 ? 1 : 0) }
                }
                #expect(failures == 3)
            }
        }
        #expect(try await self.gathering(client).run("off any loop", in: 0) == "off any loop@1")
        await client.close()
    }

    @Test func `a lane waits for its own calls only, and is free when they are answered`() async throws {
        let redis = try await TestRedis.start()
        let (client, other) = (try redis.client(), try redis.client())
        let gathering = gathering(client)
        let answers = Locked<[String: Substring]>([:])
        _ = try await gathering.run("the script is known from here on", in: 0)
        try await other.send(["CLIENT", "PAUSE", "60000", "WRITE"])
        let loop = try TestLoops.shared().loops[0]
        @Sendable func begin(_ item: String, in group: Int) {
            gathering.begin(item, in: group) { answer in
                let call = (try? answer.get())?.split(separator: "@").last ?? "failed"
                answers.withLock { $0[item] = call }
            }
        }
        try await loop.run {
            // Each comes in a tick of its own: the first odd one leaves though an even one is under way.
            for (item, group) in [("even", 0), ("odd", 1), ("odd after", 1), ("odd at last", 1)] {
                begin(item, in: group)
                try await loop.sleep(for: .milliseconds(1))
            }
        }
        try await other.send(["CLIENT", "UNPAUSE"])
        try await eventually("all answers") { answers.withLock { $0.count } == 4 }
        #expect(answers.withLock { $0 } == ["even": "2", "odd": "3", "odd after": "4", "odd at last": "4"])
        try await loop.run {
            for group in [0, 1] { begin("later \(group)", in: group) }
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
            _ = try await gathering.run("the script is known from here on", in: 0)
            try await other.send(["CLIENT", "PAUSE", "60000", "WRITE"])
            gathering.begin("first", in: 0) { _ in
                order.withLock { $0.append("first") }
                loop.schedule(after: .milliseconds(300)) { order.withLock { $0.append("half a deadline later") } }
            }
            try await loop.sleep(for: .milliseconds(1))
            // Leaves when the first has failed, and has waited for as long as it may by then.
            gathering.begin("second", in: 0) { _ in order.withLock { $0.append("second") } }
        }
        try await eventually("both failures") { order.withLock { $0.count } == 3 }
        #expect(order.withLock { $0 } == ["first", "second", "half a deadline later"])
        try await other.send(["CLIENT", "UNPAUSE"])
        await client.close()
        await other.close()
    }
}
