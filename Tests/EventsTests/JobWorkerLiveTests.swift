import RedisClient
import Runtime
import TestSupport
import Testing

@testable import Events

/// What a worker makes of a handler's end.
@Suite struct JobWorkerLiveTests {
    private struct Broken: Error {}

    /// A worker of one job at a time, unless told otherwise.
    private func withWorker(
        lease: Duration = .seconds(30), concurrency: Int = 1, _ handle: @escaping @Sendable (Job) async throws -> Void,
        _ body: (JobQueue) async throws -> Void
    ) async throws {
        let redis = try await TestRedis.start()
        let queue = JobQueue("paint", redis: try redis.client(), lease: lease)
        let worker = JobWorker(queue, concurrency: concurrency, handle: handle)
        let loop = try TestLoops.shared().loops[1]
        let task = Task { try await loop.run { try await worker.run() } }
        defer { task.cancel() }
        try await body(queue)
        _ = redis
    }

    @Test func `while a dependency is away no attempt is counted, and what fails has another`() async throws {
        let attempts = Locked<[String: [Int]]>([:])
        try await withWorker { job in
            let calls = attempts.withLock { attempts in
                attempts[job.id, default: []].append(job.attempt)
                return attempts[job.id, default: []].count
            }
            guard calls == 1 else { return }
            if job.id == "away" { throw RedisError.timedOut } else { throw Broken() }
        } _: { queue in
            try await queue.enqueue("away", payload: [], attempts: 1)
            try await queue.enqueue("broken", payload: [], attempts: 2)
            try await eventually("both") { attempts.withLock { $0.values.map(\.count) } == [2, 2] }
            try await eventually("an empty queue") { try await queue.depth() == QueueDepth() }
        }
        #expect(attempts.withLock { $0 } == ["away": [1, 1], "broken": [1, 2]])
    }

    @Test func `what no repetition mends is set aside at once, with its reason`() async throws {
        let calls = Locked(0)
        try await withWorker { _ in
            calls.withLock { $0 += 1 }
            throw JobAbandoned("cannot be painted")
        } _: { queue in
            try await queue.enqueue("a", payload: [])
            try await eventually("the end") { try await queue.depth().dead == 1 }
            #expect(try await queue.dead().map(\.reason) == ["cannot be painted"])
        }
        #expect(calls.withLock { $0 } == 1)
    }

    @Test func `as many jobs are under way at once as were asked for`() async throws {
        let underWay = Locked<Set<String>>([])
        try await withWorker(concurrency: 3) { job in
            underWay.withLock { _ = $0.insert(job.id) }
            // None ends before all three have begun.
            try await eventually { underWay.withLock { $0.count } >= 3 }
        } _: { queue in
            for id in ["a", "b", "c"] { try await queue.enqueue(id, payload: []) }
            try await eventually("the end of all") { try await queue.depth() == QueueDepth() }
        }
        #expect(underWay.withLock { $0 } == ["a", "b", "c"])
    }

    @Test func `the lease of a job that takes long is extended`() async throws {
        let isDone = Locked(false)
        let calls = Locked(0)
        try await withWorker(lease: .seconds(3)) { _ in
            calls.withLock { $0 += 1 }
            try await eventually { isDone.withLock { $0 } }
        } _: { queue in
            try await queue.enqueue("a", payload: [])
            func end() async throws -> Int64? {
                try await queue.redis.send(["ZSCORE", .key(RedisKey("{q:paint}", "leased")), "a"]).integer
            }
            let first = try await eventually("the lease") { try await end() }
            try await eventually("a longer one") { try await end() ?? 0 > first + 600 }
            isDone.withLock { $0 = true }
            try await eventually("the end") { try await queue.depth() == QueueDepth() }
        }
        #expect(calls.withLock { $0 } == 1)
    }

    @Test func `whoever lost a lease is stopped, and ends nothing`() async throws {
        let isStopped = Locked(false)
        try await withWorker(lease: .milliseconds(300)) { _ in
            do {
                try await eventually { Task.isCancelled }
            } catch is CancellationError {}
            isStopped.withLock { $0 = true }
        } _: { queue in
            try await queue.enqueue("a", payload: [])
            let job = RedisKey("{q:paint}", "job", "a")
            try await eventually("the lease") { try await queue.depth().leased == 1 }
            // As a worker does that took the job over and has it for an hour.
            _ = try await queue.redis.pipeline([
                ["HSET", .key(job), "token", "another's"],
                ["ZADD", .key(RedisKey("{q:paint}", "leased")), .integer(.max >> 12), "a"],
            ])
            try await eventually("the handler's end") { isStopped.withLock { $0 } }
            try await queue.enqueue("next", payload: [])
            try await eventually("the next job") { try await queue.depth().waiting == 0 }
            #expect(try await queue.redis.hget(job, "state") == Array("leased".utf8))
        }
    }
}
