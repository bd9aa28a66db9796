import Domain
package import RedisClient
package import Runtime
package import Telemetry

/// Brings together what the processes count: those far from their limits are nobody's business but the process's own.
package struct SharedCounters: Sendable {
    private static let counting = RedisScript(PackageResources.limit_lua)
    private static let period = Duration.seconds(1)

    private let redis: RedisClient
    private let counters: RequestCounters
    private let log: Logger

    package init(redis: RedisClient, counters: RequestCounters, log: Logger) {
        self.redis = redis
        self.counters = counters
        self.log = log
    }

    /// Counts one request exactly, for the few routes where a second's delay between processes is too long.
    func countExactly(_ subject: RequestCounters.Subject, now: Int64) async throws(RedisError)
        -> RequestCounters.Decision
    {
        let policy = counters.policy(of: subject.budget)
        let length = Int64(policy.window)
        let count = try await redis.run(
            Self.counting, keys: [.limit(subject.name, window: now / length)],
            arguments: [1, RedisArgument(length * 2000)]
        ).requireInteger()
        let remaining = policy.quota - Int(count)
        return RequestCounters.Decision(
            isAllowed: remaining >= 0, remaining: max(0, remaining), resetsIn: Int(length - now % length))
    }

    /// Shares and learns once a second until the task is cancelled.
    package func run(on loop: EventLoop) async {
        while !Task.isCancelled {
            do { try await loop.sleep(for: Self.period) } catch { return }
            do {
                try await exchange(now: Instant.now().milliseconds / 1000)
            } catch {
                // Each process goes on with its own counts; there is nothing better to do without Redis.
                log.debug("request counts could not be shared", ["reason": "\(error)"])
            }
        }
    }

    func exchange(now: Int64) async throws(RedisError) {
        let deltas = counters.deltas(now: now)
        guard let first = deltas.first else { return }
        // The first goes alone: it loads the script where the server has forgotten it.
        counters.settle(first, everywhere: Int(try await run(first).requireInteger()))
        let replies = try await redis.pipeline(deltas.dropFirst().map(command))
        for (delta, reply) in zip(deltas.dropFirst(), replies) {
            if let count = reply.integer { counters.settle(delta, everywhere: Int(count)) }
        }
    }

    private func run(_ delta: RequestCounters.Delta) async throws(RedisError) -> RedisReply {
        try await redis.run(Self.counting, keys: [key(delta)], arguments: arguments(delta))
    }

    private func command(_ delta: RequestCounters.Delta) -> RedisCommand {
        Self.counting.command(keys: [key(delta)], arguments: arguments(delta))
    }

    private func key(_ delta: RequestCounters.Delta) -> RedisKey { .limit(delta.subject.name, window: delta.window) }

    private func arguments(_ delta: RequestCounters.Delta) -> [RedisArgument] {
        [RedisArgument(delta.count), RedisArgument(counters.policy(of: delta.subject.budget).window * 2000)]
    }
}
