import Domain
package import RedisClient

/// Keeps answers in durable Redis. What a flush loses is only the stored answer: ids derive from the request key, so the
/// database still says that the thing exists.
package struct RedisIdempotencyStore: IdempotencyStore {
    private static let beginning = RedisScript(PackageResources.idempotency_begin_lua)
    private static let finishing = RedisScript(PackageResources.idempotency_finish_lua)
    /// Longer than any request may take; after a crash the next try waits at most as long.
    private static let leaseMilliseconds = 30_000
    private static let keepMilliseconds = 86_400_000

    let redis: RedisClient

    package init(redis: RedisClient) { self.redis = redis }

    package func begin(_ key: RequestKey, body digest: String, lease: String) async throws -> IdempotencyClaim {
        let reply = try await redis.run(
            Self.beginning, keys: [redisKey(key)],
            arguments: [.text(digest), .text(lease), RedisArgument(Self.leaseMilliseconds)])
        let parts = try reply.requireArray()
        switch parts.first?.text {
        case "new": return .new
        case "in-flight": return .inFlight
        case "reused": return .reusedWithAnotherBody
        case "done":
            guard parts.count == 4, let status = parts[1].integer, let type = parts[2].text, let body = parts[3].bytes
            else { throw RedisError.unexpectedReply(reply) }
            return .done(KeptAnswer(status: Int(status), contentType: type, body: body))
        default: throw RedisError.unexpectedReply(reply)
        }
    }

    package func keep(_ answer: KeptAnswer, for key: RequestKey, lease: String) async throws {
        _ = try await redis.run(
            Self.finishing, keys: [redisKey(key)],
            arguments: [
                .text(lease), RedisArgument(answer.status), .text(answer.contentType), .bytes(answer.body),
                RedisArgument(Self.keepMilliseconds),
            ])
    }

    package func release(_ key: RequestKey, lease: String) async throws {
        _ = try await redis.run(Self.finishing, keys: [redisKey(key)], arguments: [.text(lease)])
    }

    private func redisKey(_ key: RequestKey) -> RedisKey { .idempotency(key.person, digest: key.digest) }
}
