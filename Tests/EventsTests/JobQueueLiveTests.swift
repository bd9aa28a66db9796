import RedisClient
import Runtime
import Telemetry
import Testing
import TestSupport

@testable import Events

@Suite struct JobQueueLiveTests {
    private func queue(lease: Duration = .seconds(30)) async throws -> (JobQueue, TestRedis) {
        let redis = try await TestRedis.start()
        return (JobQueue("paint", redis: try redis.client(), lease: lease), redis)
    }

    @Test func `jobs come by priority, then in order, each id once`() async throws {
        let (queue, redis) = try await queue()
        #expect(try await queue.enqueue("a", payload: [1]))
        #expect(try await !queue.enqueue("a", payload: [2]))
        try await queue.enqueue("b", payload: [])
        try await queue.enqueue("c", payload: [], priority: 5)
        #expect(try await queue.position("b") == 2)
        let jobs = try await queue.reserve(10)
        #expect(jobs.map(\.id) == ["c", "a", "b"] && jobs[1].payload == [1] && jobs[1].attempt == 1)
        for job in jobs { #expect(try await queue.complete(job)) }
        #expect(try await !queue.enqueue("a", payload: [3]))
        #expect(try await queue.depth() == QueueDepth())
        _ = redis
    }

    @Test func `a lease that ended goes to another, and its first holder can do no more`() async throws {
        let (queue, redis) = try await queue(lease: .milliseconds(50))
        try await queue.enqueue("a", payload: [])
        let first = try #require(try await queue.reserve().first)
        let second = try await eventually("the end of the lease") { try await queue.reserve().first }
        #expect(second.attempt == 2)
        #expect(try await !queue.complete(first))
        #expect(try await !queue.heartbeat(first))
        #expect(try await queue.heartbeat(second))
        #expect(try await queue.complete(second))
        _ = redis
    }

    @Test func `a job that goes on failing is set aside with its reason, and can be revived`() async throws {
        let (queue, redis) = try await queue()
        try await queue.enqueue("a", payload: [9], attempts: 2)
        for _ in 0..<2 {
            let job = try await eventually("the job") { try await queue.reserve().first }
            try await queue.fail(job, reason: "no paint", pause: .milliseconds(1))
        }
        #expect(try await queue.depth().dead == 1)
        #expect(try await queue.dead().map(\.reason) == ["no paint"])
        #expect(try await queue.revive("a"))
        let again = try #require(try await queue.reserve().first)
        #expect(again.attempt == 1 && again.payload == [9])
        _ = redis
    }

    @Test func `delayed jobs wait, cancelled ones never come`() async throws {
        let (queue, redis) = try await queue()
        let began = WallClock.milliseconds()
        for id in ["later", "never"] { try await queue.enqueue(id, payload: [], delay: .seconds(3_600)) }
        let due = began + 3_600_000...WallClock.milliseconds() + 3_600_000
        #expect(try await queue.reserve().isEmpty)
        #expect(try await queue.depth().delayed == 2)
        let delayed = RedisKey("{q:paint}", "delayed")
        for id in ["later", "never"] {
            let time = try await queue.redis.send(["ZSCORE", .key(delayed), .text(id)]).integer
            #expect(due.contains(try #require(time)))
            // As if the hour were over.
            try await queue.redis.send(["ZINCRBY", .key(delayed), -3_600_000, .text(id)])
        }
        #expect(try await queue.cancel("never"))
        let job = try await eventually("the delayed job") { try await queue.reserve().first }
        #expect(job.id == "later")
        #expect(try await queue.reserve().isEmpty)
        _ = redis
    }

    @Test func `workers do every job once, and repeat what failed`() async throws {
        let (queue, redis) = try await queue()
        let done = Locked<[String: Int]>([:])
        let worker = JobWorker(queue, concurrency: 4) { job in
            if job.id == "17", job.attempt == 1 { throw RedisError.timedOut }  // given back uncounted
            if job.id == "bad" { throw JobAbandoned("cannot be done") }
            done.withLock { $0[job.id, default: 0] += 1 }
        }
        let loop = try TestLoops.shared().loops[1]
        let task = Task { try await loop.run { try await worker.run() } }
        for number in 0..<100 { try await queue.enqueue("\(number)", payload: []) }
        try await queue.enqueue("bad", payload: [])
        try await eventually("99 jobs") { done.withLock { $0.count } >= 99 }
        try await eventually("the bad one") { try await queue.depth().dead == 1 }
        #expect(done.withLock { Set($0.values) } == [1])
        task.cancel()
        _ = redis
    }

    @Test func `pauses double up to ten minutes`() {
        for attempt in [1, 2, 5, 10, 40] {
            let longest = Duration.milliseconds(min(600_000, 1000 << Int64(min(attempt, 20) - 1)))
            let pause = JobQueue.pause(after: attempt)
            #expect(pause >= longest / 2 && pause <= longest)
        }
    }
}
