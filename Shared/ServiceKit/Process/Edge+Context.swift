package import HTTPServer
import Telemetry

extension Edge {
    /// What stands around the routes of a service.
    package init(_ context: ServiceContext, routes: [Route]) {
        let configuration = context.configuration
        let shared = SharedCounters(redis: context.cache, counters: context.counters, log: context.logger)
        address = ClientAddress(
            trusted: configuration.networks(.trustedProxies), relaxed: configuration.isRelaxed)
        authentication = context.authentication
        limits = RequestLimits(counters: context.counters, shared: shared)
        idempotency = Idempotency(store: RedisIdempotencyStore(redis: context.redis), log: context.logger)
        metrics = RequestMetrics(routes: routes, metrics: context.metrics)
        accessLog = AccessLog(
            selection: AccessLog.Selection(rawValue: configuration.string(.accessLog)) ?? .notable,
            log: Logger(label: "\(context.service).access"))
    }
}
