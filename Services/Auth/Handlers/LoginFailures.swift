import RedisClient
import Security
import ServiceKit

/// Counts wrong passwords for one name, wherever they come from: limits by address do not stop many addresses.
struct LoginFailures: Sendable {
    private static let most = 20
    private static let window = 900

    let redis: RedisClient
    let isRelaxed: Bool

    /// - Throws: `AuthError.tooManyFailures`.
    func check(_ login: String) async throws {
        guard !isRelaxed else { return }
        let key = RedisKey.loginFailures(login)
        guard let count = try await redis.send(["GET", .key(key)]).integer, count >= Self.most else { return }
        let left = try await redis.send(["TTL", .key(key)]).integer ?? 1
        throw AuthError.tooManyFailures(retryAfter: .seconds(max(1, left)))
    }

    /// Counts one; where Redis is away nothing is counted, and the limit by address still holds.
    func note(_ login: String) async {
        guard !isRelaxed else { return }
        let key = RedisKey.loginFailures(login)
        _ = try? await redis.pipeline([
            ["SET", .key(key), 0, "NX", "EX", RedisArgument(Self.window)], ["INCR", .key(key)],
        ])
    }
}
