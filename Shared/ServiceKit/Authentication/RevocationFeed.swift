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
        while !Task.isCancelled {
            do {
                let reply = try await connection.send(
                    [
                        "XREAD", "COUNT", RedisArgument(Self.batch), "BLOCK", 1000, "STREAMS", .key(.revocations),
                        .text(last),
                    ],
                    blocking: Self.block)
                let entries = reply.array?.first?.array?.dropFirst().first?.array ?? []
                let fresh = entries.compactMap { entry in
                    Revocation(fields: entry.array?.dropFirst().first?.array ?? [])
                }
                revocations.apply(fresh, now: .now())
                if let id = entries.last?.array?.first?.text { last = id }
            } catch {
                if error == .cancelled { break }
                log.warning("revocations could not be read", ["reason": "\(error)"])
                do { try await loop.sleep(for: .milliseconds(250)) } catch { break }
            }
        }
        await connection.close()
    }
}
