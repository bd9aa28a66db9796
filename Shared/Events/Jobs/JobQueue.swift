package import RedisClient
import Runtime
import Telemetry

/// A queue of jobs: by priority, then in order; delayed, leased, repeated with growing pauses, set aside in the end.
///
/// A job's id is its owner's: the same id is put in once, also while a finished job's id is still known. What is in
/// Redis can be rebuilt from the owner's documents under the same ids. All keys of a queue share one hash tag.
package struct JobQueue: Sendable {
    package let name: String
    package let redis: RedisClient
    /// A lease that is not extended for so long is taken back.
    package let lease: Duration
    /// For so long the id of a finished job stays known.
    private let memory = Duration.seconds(86_400)

    private static let enqueueScript = RedisScript(PackageResources.enqueue_lua)
    private static let reserveScript = RedisScript(PackageResources.reserve_lua)
    private static let finishScript = RedisScript(PackageResources.finish_lua)
    private static let reviveScript = RedisScript(PackageResources.revive_lua)

    package init(_ name: String, redis: RedisClient, lease: Duration = .seconds(30)) {
        self.name = name
        self.redis = redis
        self.lease = lease
    }

    private func key(_ part: String) -> RedisKey { RedisKey("{q:\(name)}", part) }
    private func job(_ id: String) -> RedisKey { RedisKey("{q:\(name)}", "job", id) }
    private var now: Int64 { WallClock.milliseconds() }

    /// Puts a job in the queue, unless its id is known.
    ///
    /// - Parameters:
    ///   - priority: 0 to 100, higher first.
    ///   - delay: not to be handed out before.
    ///   - attempts: how often it may be tried.
    /// - Returns: whether the job is new.
    @discardableResult
    package func enqueue(
        _ id: String, payload: [UInt8], priority: Int = 0, delay: Duration = .zero, attempts: Int = 5
    ) async throws(RedisError) -> Bool {
        let now = now
        let due = now + Int64(delay.clampedNanoseconds / 1_000_000)
        let reply = try await redis.run(
            Self.enqueueScript, keys: [job(id), key("waiting"), key("delayed"), key("sequence")],
            arguments: [
                .text(id), .bytes(payload), RedisArgument(min(100, max(0, priority))), .integer(due), .integer(now),
                RedisArgument(attempts),
            ])
        return try reply.requireInteger() == 1
    }

    /// Leases the first jobs; none when nothing is waiting.
    package func reserve(_ count: Int = 1) async throws(RedisError) -> [Job] {
        let token = TraceIdentifiers.requestID() + TraceIdentifiers.requestID()
        let now = now
        let flat = try await redis.run(
            Self.reserveScript, keys: [key("waiting"), key("delayed"), key("leased"), key("dead")],
            arguments: [
                .integer(now), .integer(now + lease.milliseconds), .text(token), RedisArgument(count),
                .text(job("").text),
            ]
        ).requireArray()
        return stride(from: 0, to: flat.count - 2, by: 3).map { index in
            Job(
                id: flat[index].text ?? "", payload: flat[index + 1].bytes ?? [],
                attempt: Int(flat[index + 2].integer ?? 1), token: token)
        }
    }

    /// Extends the lease. False: somebody else has the job, or it is gone; stop working on it.
    package func heartbeat(_ job: Job) async throws(RedisError) -> Bool {
        try await finish(job, "extend", at: now + lease.milliseconds, reason: "")
    }

    /// False: the lease was lost, and somebody else does or did the job.
    @discardableResult
    package func complete(_ job: Job) async throws(RedisError) -> Bool {
        try await finish(job, "done", at: now, reason: "")
    }

    /// Gives the job back, to be tried after a pause: 1 s, doubled with each attempt up to 10 minutes, with jitter. One
    /// whose attempts are used up is set aside.
    @discardableResult
    package func fail(_ job: Job, reason: String, pause: Duration? = nil) async throws(RedisError) -> Bool {
        try await finish(job, "retry", at: now + (pause ?? Self.pause(after: job.attempt)).milliseconds, reason: reason)
    }

    /// Gives the job back unharmed: the attempt does not count.
    @discardableResult
    package func release(_ job: Job, pause: Duration = .seconds(1)) async throws(RedisError) -> Bool {
        try await finish(job, "release", at: now + pause.milliseconds, reason: "released")
    }

    /// Sets the job aside at once.
    @discardableResult
    package func abandon(_ job: Job, reason: String) async throws(RedisError) -> Bool {
        try await finish(job, "dead", at: now, reason: reason)
    }

    /// Takes a job out that nobody has leased.
    @discardableResult
    package func cancel(_ id: String) async throws(RedisError) -> Bool { try await revise(id, "cancel") }

    /// Puts a job that was set aside back into the queue, its attempts counted anew.
    @discardableResult
    package func revive(_ id: String) async throws(RedisError) -> Bool { try await revise(id, "revive") }

    /// Jobs set aside, the latest first, with why.
    package func dead(limit: Int = 100) async throws(RedisError) -> [(id: String, reason: String)] {
        var found: [(id: String, reason: String)] = []
        for (id, _) in try await redis.zrevrange(key("dead"), 0, limit - 1) {
            let reason = try await redis.hget(job(id), "reason") ?? []
            found.append((id, String(decoding: reason, as: UTF8.self)))
        }
        return found
    }

    /// How many jobs would be handed out before this one; nil when it is not waiting.
    package func position(_ id: String) async throws(RedisError) -> Int? {
        try await redis.send(["ZRANK", .key(key("waiting")), .text(id)]).integer.map { Int($0) }
    }

    package func depth() async throws(RedisError) -> QueueDepth {
        let replies = try await redis.pipeline([
            ["ZCARD", .key(key("waiting"))], ["ZCARD", .key(key("delayed"))],
            ["ZCOUNT", .key(key("delayed")), "-inf", .integer(now)], ["ZCARD", .key(key("leased"))],
            ["ZCARD", .key(key("dead"))],
        ])
        let counts = try replies.map { reply throws(RedisError) in Int(try reply.requireInteger()) }
        var depth = QueueDepth()
        depth.waiting = counts[0]
        depth.delayed = counts[1]
        depth.due = counts[2]
        depth.leased = counts[3]
        depth.dead = counts[4]
        return depth
    }

    static func pause(after attempt: Int) -> Duration {
        let longest = min(Int64(600_000), 1000 << Int64(min(attempt, 20) - 1))
        return .milliseconds(Int64.random(in: longest / 2...longest))
    }

    private func finish(_ job: Job, _ what: String, at time: Int64, reason: String) async throws(RedisError) -> Bool {
        let keys = [self.job(job.id), key("leased"), key("delayed"), key("dead")]
        let reply = try await redis.run(
            Self.finishScript, keys: keys,
            arguments: [
                .text(job.id), .text(job.token), .text(what), .integer(time), .text(reason),
                RedisArgument(memory.components.seconds),
            ])
        return try reply.requireInteger() == 1
    }

    private func revise(_ id: String, _ what: String) async throws(RedisError) -> Bool {
        let keys = [job(id), key("waiting"), key("delayed"), key("dead")]
        let reply = try await redis.run(Self.reviveScript, keys: keys, arguments: [.text(id), .text(what)])
        return try reply.requireInteger() == 1
    }
}
