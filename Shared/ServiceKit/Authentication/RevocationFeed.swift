import Domain
package import RedisClient
package import Runtime
package import Telemetry

/// Reads the stream of revocations, without a group: every process reads all of it, from 16 minutes ago on.
package struct RevocationFeed: Sendable {
    private let redis: RedisClient
    private let revocations: Revocations
    private let log: Logger

    package init(redis: RedisClient, revocations: Revocations, log: Logger) {
        self.redis = redis
        self.revocations = revocations
        self.log = log
    }

    private static let batch = 1000
    private static let block = Duration.seconds(1)

    /// Reads until the task is cancelled; after a failure it goes on where it stood.
    package func run(on loop: EventLoop) async {
        let connection = redis.dedicated()
        var last = "\(Instant.now().milliseconds - Revocation.lifetime.components.seconds * 1000)-0"
        // The first look does not wait: until the stream has been read once, nobody may write.
        var block = Duration.zero
        while !Task.isCancelled {
            do {
                let (fresh, newest) = try await read(after: last, from: connection, blocking: block)
                revocations.apply(fresh, now: .now())
                if let newest { last = newest }
                block = Self.block
            } catch {
                if error == .cancelled { break }
                log.warning("revocations could not be read", ["reason": "\(error)"])
                do { try await loop.sleep(for: .milliseconds(250)) } catch { break }
            }
        }
        await connection.close()
    }

    /// - Returns: what was found, and the id after which to go on.
    private func read(
        after last: String, from connection: RedisDedicated, blocking block: Duration
    ) async throws(RedisError) -> (revocations: [Revocation], newest: String?) {
        var command: [RedisArgument] = ["XREAD", "COUNT", RedisArgument(Self.batch)]
        if block > .zero { command += ["BLOCK", RedisArgument(block.components.seconds * 1000)] }
        command += ["STREAMS", .key(.revocations), .text(last)]
        let reply = try await connection.send(RedisCommand(command), blocking: block)
        let entries = reply.array?.first?.array?.dropFirst().first?.array ?? []
        let found = entries.compactMap { entry in Revocation(fields: entry.array?.dropFirst().first?.array ?? []) }
        return (found, entries.last?.array?.first?.text)
    }
}
