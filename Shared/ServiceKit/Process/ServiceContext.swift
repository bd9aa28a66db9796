package import MongoClient
package import RedisClient
package import Runtime
import Security
package import Telemetry

/// What a running service is given: its configuration, its loops, its stores, and what knows who may call.
///
/// Nothing is connected yet when a context is made: clients connect when they are first used.
package final class ServiceContext: Sendable {
    package let service: String
    /// Tells processes of one service apart: host or pod, and a random part.
    package let instance: String
    package let configuration: Configuration
    package let logger: Logger
    package let metrics: Metrics
    package let loops: EventLoopGroup
    /// Durable Redis.
    package let redis: RedisClient
    /// Redis that may forget.
    package let cache: RedisClient
    package let mongo: MongoClient
    package let health: Health
    package let revocations: Revocations
    package let signingKeys: SigningKeyRing
    package let counters: RequestCounters

    package init(
        service: String, configuration: Configuration, loops: EventLoopGroup, metrics: Metrics = .shared,
        redisOptions: RedisOptions = RedisOptions()
    ) throws {
        self.service = service
        self.configuration = configuration
        self.loops = loops
        self.metrics = metrics
        instance = "\(ProcessFacts.environment("HOSTNAME") ?? "local")-\(RandomBytes.token(bytes: 4))"
        logger = Logger(label: service)
        var options = redisOptions
        options.name = service
        let durable = try RedisURL(configuration.string(.redisURL))
        redis = RedisClient(url: durable, loops: loops, options: options)
        cache =
            try configuration.optional(.redisCacheURL).map { text in
                RedisClient(url: try RedisURL(text), loops: loops, options: options)
            } ?? redis
        mongo = try MongoClient(
            MongoConfiguration(
                url: configuration.string(.mongoURL), threads: configuration.integer(.mongoPoolSize),
                applicationName: service))
        health = Health(log: logger)
        revocations = Revocations()
        signingKeys = SigningKeyRing(source: MongoPublicKeys(mongo: mongo), log: logger)
        counters = RequestCounters(relaxed: configuration.isRelaxed)
    }

    /// Verifies tokens that do not come in an `Authorization` header, as those of WebSockets.
    package var authentication: Authentication { Authentication(keys: signingKeys, revocations: revocations) }

    package var heartbeats: Heartbeats { Heartbeats(redis: redis) }

    package func logger(_ part: String) -> Logger { Logger(label: "\(service).\(part)") }
}
