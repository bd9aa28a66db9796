import RedisClient
import Runtime
import Telemetry
import TestSupport
import Testing

@testable import Events

/// What a queue promises of a job, at the places where a promise is easily broken.
@Suite struct JobRuleLiveTests {
    private struct Bench {
        let redis: TestRedis
        let queue: JobQueue

        static func open(lease: Duration = .seconds(30)) async throws -> Bench {
            let redis = try await TestRedis.start()
            return Bench(redis: redis, queue: JobQueue("paint", redis: try redis.client(), lease: lease))
        }

        func key(_ parts: String) -> RedisKey { RedisKey("{q:paint}", parts) }

        /// When a job's lease ends, or when it is due.
        func time(of id: String, in part: String) async throws -> Int64? {
            try await queue.redis.send(["ZSCORE", .key(key(part)), .text(id)]).integer
        }

        func leased(_ id: String) async throws -> Job {
            try await queue.enqueue(id, payload: [])
            return try #require(try await queue.reserve().first)
        }
    }

    @Test func `a priority comes before any number of jobs, and above a hundred all are alike`() async throws {
        let bench = try await Bench.open()
        for number in 0..<30 { try await bench.queue.enqueue("\(100 - number)", payload: []) }
        try await bench.queue.enqueue("first", payload: [], priority: 1)
        let jobs = try await bench.queue.reserve(100).map(\.id)
        #expect(jobs == ["first"] + (0..<30).map { "\(100 - $0)" })
        try await bench.queue.enqueue("high", payload: [], priority: 100)
        try await bench.queue.enqueue("higher", payload: [], priority: 1000)
        #expect(try await bench.queue.reserve(2).map(\.id) == ["high", "higher"])
    }

    @Test func `whoever ended a job can do nothing to it any more`() async throws {
        let bench = try await Bench.open()
        let ends: [(String, (Job) async throws -> Bool)] = [
            ("done", { try await bench.queue.complete($0) }),
            ("failed", { try await bench.queue.fail($0, reason: "", pause: .hours(1)) }),
            ("released", { try await bench.queue.release($0, pause: .hours(1)) }),
            ("dead", { try await bench.queue.abandon($0, reason: "") }),
        ]
        for (id, end) in ends {
            let job = try await bench.leased(id)
            #expect(try await end(job))
            #expect(try await !end(job))
            #expect(try await !bench.queue.complete(job))
            #expect(try await !bench.queue.heartbeat(job))
        }
        let depth = try await bench.queue.depth()
        #expect(depth.leased == 0 && depth.delayed == 2 && depth.dead == 1 && depth.waiting == 0)
    }

    @Test func `a job that is given back has its attempt still before it`() async throws {
        let bench = try await Bench.open()
        try await bench.queue.enqueue("a", payload: [], attempts: 1)
        for _ in 0..<3 {
            let job = try await eventually("the job") { try await bench.queue.reserve().first }
            #expect(job.attempt == 1)
            #expect(try await bench.queue.release(job, pause: .zero))
        }
        let job = try await eventually("the job") { try await bench.queue.reserve().first }
        #expect(try await bench.queue.fail(job, reason: "no paint"))
        #expect(try await bench.queue.depth().dead == 1)
    }

    @Test func `a lease that ends uses up an attempt, the last one too`() async throws {
        let bench = try await Bench.open(lease: .milliseconds(30))
        try await bench.queue.enqueue("a", payload: [], attempts: 2)
        let first = try await eventually("the first lease") { try await bench.queue.reserve().first }
        // Taken back, and leased by nobody yet.
        try await eventually("the lease's end") {
            _ = try await bench.queue.reserve(0)
            return try await bench.queue.depth().waiting == 1
        }
        #expect(try await !bench.queue.complete(first))
        #expect(try await bench.queue.reserve().first?.attempt == 2)
        try await eventually("the end of the last") {
            _ = try await bench.queue.reserve(0)
            return try await bench.queue.depth().dead == 1
        }
        #expect(try await bench.queue.dead().map(\.reason) == ["the lease ended"])
        #expect(try await bench.queue.reserve().isEmpty)
    }

    @Test func `leases and pauses are as long as they are said to be`() async throws {
        let bench = try await Bench.open()
        let began = WallClock.milliseconds()
        var job = try await bench.leased("a")
        #expect(try #require(try await bench.time(of: "a", in: "leased")) >= began + 30_000)
        try await bench.queue.redis.send(["ZADD", .key(bench.key("leased")), .integer(began + 1), "a"])
        #expect(try await bench.queue.heartbeat(job))
        #expect(try #require(try await bench.time(of: "a", in: "leased")) >= began + 30_000)
        #expect(try await bench.queue.release(job, pause: .minutes(1)))
        #expect(try #require(try await bench.time(of: "a", in: "delayed")) >= began + 60_000)
        // As if it had failed four times, and the minute were over.
        try await bench.queue.redis.send(["HSET", .key(RedisKey("{q:paint}", "job", "a")), "attempt", 3])
        try await bench.queue.redis.send(["ZADD", .key(bench.key("delayed")), 1, "a"])
        job = try #require(try await bench.queue.reserve().first)
        #expect(try await bench.queue.fail(job, reason: ""))
        #expect(try #require(try await bench.time(of: "a", in: "delayed")) >= began + 4000)
    }

    @Test func `the id of a job that is done stays known for a day`() async throws {
        let bench = try await Bench.open()
        let job = try await bench.leased("a")
        #expect(try await bench.queue.complete(job))
        let left = try await bench.queue.redis.send(["TTL", .key(RedisKey("{q:paint}", "job", "a"))]).integer
        #expect((86_000...86_400).contains(try #require(left)))
        #expect(try await !bench.queue.cancel("a"))
        #expect(try await !bench.queue.enqueue("a", payload: []))
    }

    @Test func `what is under way or done cannot be cancelled, and only what is dead can be revived`() async throws {
        let bench = try await Bench.open()
        let job = try await bench.leased("a")
        #expect(try await !bench.queue.cancel("a"))
        #expect(try await !bench.queue.revive("a"))
        #expect(try await bench.queue.heartbeat(job))
        #expect(try await bench.queue.fail(job, reason: "", pause: .hours(1)))
        #expect(try await !bench.queue.revive("a"))
        #expect(try await bench.queue.depth().waiting == 0)
        #expect(try await bench.queue.cancel("a"))
        #expect(try await !bench.queue.cancel("a"))
        #expect(try await bench.queue.depth() == QueueDepth())
    }

    @Test func `a delayed job is no backlog until it is due, and of the dead the latest come first`() async throws {
        let bench = try await Bench.open()
        try await bench.queue.enqueue("later", payload: [], delay: .hours(1))
        #expect(try await bench.queue.depth().backlog == 0)
        try await bench.queue.redis.send(["ZADD", .key(bench.key("delayed")), 1, "later"])
        let depth = try await bench.queue.depth()
        #expect(depth.due == 1 && depth.backlog == 1)
        for id in ["x", "y", "z"] {
            try await bench.queue.redis.send([
                "ZADD", .key(bench.key("dead")), RedisArgument(id == "y" ? 9 : 5), .text(id),
            ])
        }
        #expect(try await bench.queue.dead(limit: 1).map(\.id) == ["y"])
    }
}
