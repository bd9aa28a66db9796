import BSON
import Domain
import MongoClient
import Records
import RedisClient

/// How many pictures a person may ask for in a UTC day.
///
/// Redis decides (one script, so two requests at once cannot both take the last), MongoDB is the truth: a picture counts
/// while its job carries `quotaDay`. Where Redis forgot, the set is loaded from the jobs first.
struct DayQuota: Sendable {
    private static let taking = RedisScript(PackageResources.quota_take_lua)
    private static let loading = RedisScript(PackageResources.quota_load_lua)
    /// A reservation whose job was never written goes by itself.
    private static let reservation = Duration.seconds(60)
    private static let kept = 2 * 86_400

    let redis: RedisClient
    let jobs: MongoCollection

    /// Takes one picture of the day; the same id takes only once.
    ///
    /// - Returns: whether there was one left.
    func take(_ id: GenerationID, for user: UserID, limit: Int, at now: Instant) async throws -> Bool {
        let key = RedisKey.generationQuota(user, day: now.utcDay)
        for _ in 0..<3 {
            let reply = try await redis.run(
                Self.taking, keys: [key],
                arguments: [
                    .text(id.hex), RedisArgument(limit), .integer(now.milliseconds),
                    .integer((now + Self.reservation).milliseconds), RedisArgument(Self.kept),
                ])
            let used = try reply.requireInteger()
            if used != -2 { return used >= 0 }
            try await load(key, user: user, day: now.utcDay)
        }
        throw RedisError.unavailable("the day's quota cannot be loaded")
    }

    /// The job is written: the picture counts until it is given back.
    func confirm(_ id: GenerationID, for user: UserID, day: String) async throws {
        try await redis.send(["ZADD", .key(.generationQuota(user, day: day)), "XX", "inf", .text(id.hex)])
    }

    /// The picture does not count after all: it was refused, failed, or cancelled before it began.
    func giveBack(_ id: GenerationID, for user: UserID, day: String) async throws {
        try await redis.zrem(.generationQuota(user, day: day), [id.hex])
    }

    private func load(_ key: RedisKey, user: UserID, day: String) async throws {
        let counted = try await jobs.find(
            ["userId": .id(user), "quotaDay": .string(day)], limit: 5_000, projection: ["_id": 1])
        let ids = counted.compactMap { $0.objectID("_id")?.hex }
        _ = try await redis.run(
            Self.loading, keys: [key], arguments: [RedisArgument(Self.kept)] + ids.map { .text($0) })
    }
}
