import Runtime
import Testing
import TestSupport

@testable import RedisClient

@Suite struct RedisLiveTests {
    @Test func `commands of many tasks share a connection and each gets its own reply`() async throws {
        let redis = try await TestRedis.start()
        let client = try redis.client()
        let loops = try TestLoops.shared()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for task in 0..<64 {
                group.addTask {
                    try await loops.loops[task % 2].run {
                        for turn in 0..<50 {
                            let text = "\(task)/\(turn)"
                            let reply = try await client.send(["ECHO", .text(text)])
                            #expect(reply.text == text)
                            try await client.incr(RedisKey("count"))
                        }
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(try await client.getText(RedisKey("count")) == "3200")
        let list = try await client.send(["CLIENT", "LIST"]).text ?? ""
        let connections = list.split(separator: "\n").count { $0.contains("name=circle") }
        #expect(connections == 2)  // one for each loop
        await client.close()
    }

    @Test func `commands that come while others are unanswered leave together`() async throws {
        let redis = try await TestRedis.start()
        let client = try redis.client()
        let other = try redis.client()
        try await other.ping()
        let loop = try TestLoops.shared().loops[0]
        func reads() async throws -> Int {
            let lines = try await client.send(["INFO", "stats"]).text?.split(separator: "\r\n") ?? []
            return lines.first { $0.hasPrefix("total_reads_processed:") }.flatMap { Int($0.dropFirst(22)) } ?? 0
        }
        let read: Int = try await loop.run {
            let before = try await reads()
            try await other.send(["CLIENT", "PAUSE", "60000", "WRITE"])
            try await withThrowingTaskGroup(of: Void.self) { group in
                for turn in 0..<20 {
                    group.addTask { try await client.send(turn == 0 ? ["INCR", "n"] : ["PING"]) }
                    // Each in a tick of its own, all of them while the first has no answer.
                    try await loop.sleep(for: .milliseconds(1))
                }
                try await other.send(["CLIENT", "UNPAUSE"])
                try await group.waitForAll()
            }
            return try await reads() - before
        }
        #expect(read <= 6)  // the pause and its end, the first, the others, and the question
        await client.close()
        await other.close()
    }

    @Test func `replies of every kind arrive as what they are`() async throws {
        let client = try await TestRedis.shared().client()
        let key = RedisKey("kinds")
        try await client.set(key, .bytes([0, 255, 13, 10]))
        #expect(try await client.get(key) == [0, 255, 13, 10])
        #expect(try await client.get(RedisKey("kinds", "none")) == nil)
        #expect(
            try await client.send(["EVAL", "return {1,'a',{false,'b'}}", "0"])
                == .array([.integer(1), .string([97]), .array([.null, .string([98])])]))
        await #expect(
            throws: RedisError.server(
                RedisServerError(code: "WRONGTYPE", message: "Operation against a key holding the wrong kind of value"))
        ) {
            try await client.send(["LPUSH", .key(key), "x"])
        }
        let replies = try await client.pipeline([
            ["SET", "kinds:a", "1"], ["LPUSH", "kinds:a", "x"], ["GET", "kinds:a"],
        ])
        #expect(replies[2].text == "1")
        guard case .error = replies[1] else { throw NeverHappened(description: "an error reply") }
    }

    @Test func `large values and long pipelines pass`() async throws {
        let client = try await TestRedis.shared().client()
        let large = [UInt8](repeating: 7, count: 5_000_000)
        try await client.set(RedisKey("large"), .bytes(large))
        #expect(try await client.get(RedisKey("large"))?.count == large.count)
        let commands = (0..<20_000).map { ["ECHO", RedisArgument($0)] as RedisCommand }
        let replies = try await client.pipeline(commands)
        #expect(replies.map(\.integer) == (0..<20_000).map { Int64($0) })
    }

    @Test func `a script is loaded again where the server has forgotten it`() async throws {
        let redis = try await TestRedis.start()
        let client = try redis.client()
        let script = RedisScript("return redis.call('INCRBY', KEYS[1], ARGV[1])")
        #expect(try await client.run(script, keys: [RedisKey("n")], arguments: [5]).integer == 5)
        #expect(try await client.run(script, keys: [RedisKey("n")], arguments: [5]).integer == 10)
        try await client.send(["SCRIPT", "FLUSH"])
        #expect(try await client.run(script, keys: [RedisKey("n")], arguments: [5]).integer == 15)
        await client.close()
    }

    @Test func `calls on a loop take no task, and load a script that the server has forgotten`() async throws {
        let redis = try await TestRedis.start()
        let loops = try EventLoopGroup(count: 1)
        let client = try redis.client(loops: loops)
        let script = RedisScript("return redis.call('INCRBY', KEYS[1], ARGV[1])")
        #expect(client.callsHere() == nil)
        let results = await withCheckedContinuation { (continuation: CheckedContinuation<[RedisResult], Never>) in
            loops.loops[0].execute {
                guard let calls = client.callsHere() else { return continuation.resume(returning: []) }
                let call = script.command(keys: [RedisKey("n")], arguments: [5])
                calls.run(script, call) { first in
                    calls.send(["SCRIPT", "FLUSH"]) { _ in
                        calls.run(script, call) { second in
                            calls.send(["GET"]) { third in continuation.resume(returning: [first, second, third]) }
                        }
                    }
                }
            }
        }
        #expect(results.prefix(2) == [.success(.integer(5)), .success(.integer(10))])
        #expect(results.count == 3 && (try? results[2].get()) == nil)
        await client.close()
    }

    @Test func `a command without an answer in time fails, and later ones get their own answers`() async throws {
        let redis = try await TestRedis.start()
        let client = try redis.client(loops: EventLoopGroup(count: 1))
        let other = try redis.client()
        try await client.ping()
        try await other.send(["CLIENT", "PAUSE", "60000", "WRITE"])
        await #expect(throws: RedisError.timedOut) {
            try await client.send(["INCR", "late"], deadline: .milliseconds(100))
        }
        try await other.send(["CLIENT", "UNPAUSE"])
        #expect(try await client.send(["ECHO", "next"]).text == "next")
        await client.close()
        await other.close()
    }

    @Test func `after a crash of the server the same client goes on`() async throws {
        let redis = try await TestRedis.start(durable: true)
        let client = try redis.client()
        try await client.set(RedisKey("kept"), "yes")
        try await redis.kill()
        await #expect(throws: RedisError.self) {
            for _ in 0..<100 { try await client.send(["GET", "kept"], deadline: .milliseconds(200)) }
        }
        try await redis.restart()
        try await eventually("the connection") { (try? await client.getText(RedisKey("kept"))) == "yes" }
        await client.close()
    }

    @Test func `commands fail at once while a server has been away for long`() async throws {
        let redis = try await TestRedis.start()
        var options = RedisOptions()
        options.patience = .milliseconds(100)
        let client = try redis.client(options: options)
        try await client.ping()
        try await redis.kill()
        try await eventually("patience to end") {
            let start = ContinuousClock.now
            let failed = (try? await client.ping()) == nil
            return failed && ContinuousClock.now - start < .milliseconds(50)
        }
        await client.close()
    }

    @Test func `subscribers hear what is published, also after a reconnection`() async throws {
        let redis = try await TestRedis.start()
        let client = try redis.client()
        var first = client.subscribe(["news", "other"]).makeAsyncIterator()
        try await eventually("the subscription") { try await client.publish("news", "1") == 1 }
        #expect(await first.next() == .message(channel: "news", payload: Array("1".utf8)))
        try await redis.restart()
        #expect(await first.next() == .resubscribed)
        try await eventually("the subscription") { (try? await client.publish("other", "2")) == 1 }
        #expect(await first.next() == .message(channel: "other", payload: Array("2".utf8)))
        await client.close()
    }

    @Test func `a dropped stream ends its subscription`() async throws {
        let redis = try await TestRedis.start()
        let client = try redis.client()
        do {
            let stream = client.subscribe(["brief"])
            try await eventually("the subscription") { try await client.publish("brief", "1") == 1 }
            _ = stream
        }
        try await eventually("the end of the subscription") { try await client.publish("brief", "1") == 0 }
        await client.close()
    }

    @Test func `a blocking read holds nobody up and ends when its task is cancelled`() async throws {
        let redis = try await TestRedis.start()
        let client = try redis.client()
        let dedicated = client.dedicated()
        let reader = Task {
            try await dedicated.send(["BLPOP", "list", 0], blocking: .seconds(30))
        }
        try await eventually("a blocked client") {
            try await client.send(["INFO", "clients"]).text?.contains("blocked_clients:1") == true
        }
        reader.cancel()
        await #expect(throws: RedisError.cancelled) { try await reader.value }
        try await eventually("the end of the blocked client") {
            try await client.send(["INFO", "clients"]).text?.contains("blocked_clients:0") == true
        }
        await client.close()
    }

    @Test func `a password in the URL is used`() async throws {
        let redis = try await TestRedis.start()
        let plain = try redis.client()
        try await plain.send(["CONFIG", "SET", "requirepass", "s3cret"])
        let client = RedisClient(
            url: try RedisURL("redis://:s3cret@localhost:\(redis.port)/2"), loops: try TestLoops.shared())
        try await client.set(RedisKey("in"), "two")
        #expect(try await client.send(["INFO", "keyspace"]).text?.contains("db2:keys=1") == true)
        await client.close()
        await plain.close()
    }
}
