import HTTPServer
package import Lifecycle
import Runtime
import Telemetry

/// One process of a service: its roles, its admin port, and what keeps it in touch with the others.
///
/// Stopped in reverse order of starting: first the process says that it is not ready and goes on answering for a while,
/// then the API drains, then the workers, then what both stand on, and the admin port last.
package struct ServiceProcess: Sendable {
    /// The ports that a process really listens on; with 0 configured they are known only then.
    package struct Ports: Sendable {
        package let api: Int?
        package let admin: Int
    }

    private let definition: ServiceDefinition
    private let context: ServiceContext
    private let roles: [ProcessRole]

    package init(_ definition: ServiceDefinition, context: ServiceContext, roles: [ProcessRole]) {
        self.definition = definition
        self.context = context
        self.roles = roles
    }

    /// - Parameters:
    ///   - signals: what ends the process in order.
    ///   - stop: ends it likewise, for tests.
    ///   - onListening: called once, when every port is listened on.
    package func run(
        until signals: [ProcessSignal] = [], or stop: ShutdownSignal = ShutdownSignal(),
        onListening: @escaping @Sendable (Ports) -> Void = { _ in }
    ) async throws {
        let configuration = context.configuration
        context.metrics.registerProcess()
        registerDependencies()
        let ports = PortReport(wantsAPI: servesAPI, onListening)
        let drainDelay = configuration.seconds(.drainDelay)
        let group = ServiceGroup(
            try services(ports: ports) + [drainGate(drainDelay)], on: context.loops)
        context.logger.info(
            "starting", ["roles": roles.map(\.description).joined(separator: ","), "instance": context.instance])
        try await group.run(
            until: signals, or: stop, drainingFor: drainDelay + configuration.seconds(.drainDeadline))
        context.logger.info("stopped")
    }

    private var servesAPI: Bool { roles.contains(.api) && definition.routes != nil }

    private func registerDependencies() {
        let (redis, cache, mongo) = (context.redis, context.cache, context.mongo)
        context.health.depend(on: "redis", critical: true) { _ = try await redis.send(["PING"]) }
        if cache !== redis {
            context.health.depend(on: "redis-cache", critical: false) { _ = try await cache.send(["PING"]) }
        }
        context.health.depend(on: "mongodb", critical: true) { try await mongo.ping() }
        guard servesAPI else { return }
        let (revocations, keys) = (context.revocations, context.signingKeys)
        context.health.depend(on: "revocations", critical: false) {
            if !revocations.isCurrent(now: .now()) { throw Unready("the stream was not read lately") }
        }
        context.health.depend(on: "tokens", critical: true) {
            if !keys.hasKeys { throw Unready("no signing keys read yet") }
            if !revocations.hasBeenRead { throw Unready("no revocations read yet") }
        }
    }

    private struct Unready: Error, CustomStringConvertible {
        let description: String
        init(_ description: String) { self.description = description }
    }

    private func services(ports: PortReport) throws -> [any Service] {
        var services: [any Service] = [try admin(ports), BackgroundServices.health(context)]
        services.append(BackgroundServices.heartbeat(context, roles: roles))
        if servesAPI {
            services += [
                BackgroundServices.signingKeys(context), BackgroundServices.revocations(context),
                BackgroundServices.counters(context),
            ]
        }
        for worker in definition.workers where roles.contains(.worker(worker.name)) {
            services.append(PersistentWorker(worker: worker, context: context))
        }
        if servesAPI, let routes = definition.routes { services.append(try api(try routes(context), ports)) }
        return services
    }

    private func admin(_ ports: PortReport) throws -> any Service {
        var configuration = HTTPServerConfiguration()
        configuration.host = context.configuration.string(.httpHost)
        configuration.port = context.configuration.integer(.adminPort)
        configuration.connectionLimit = 256
        let server = try HTTPServer(
            configuration, routes: AdminRoutes(health: context.health, metrics: context.metrics).routes,
            logger: context.logger("admin"))
        return HTTPService(server: server, loops: context.loops, drainDeadline: .seconds(1)) { ports.report(admin: $0) }
    }

    private func api(_ routes: [Route], _ ports: PortReport) throws -> any Service {
        var configuration = HTTPServerConfiguration()
        configuration.host = context.configuration.string(.httpHost)
        configuration.port = context.configuration.integer(.httpPort)
        let server = try HTTPServer(
            configuration, routes: routes, middleware: [Edge(context, routes: routes)], logger: context.logger)
        let deadline = context.configuration.seconds(.drainDeadline)
        return HTTPService(server: server, loops: context.loops, drainDeadline: deadline) { ports.report(api: $0) }
    }

    /// Started last, so stopped first: fails readiness and gives the balancers time to notice.
    private func drainGate(_ delay: Duration) -> any Service {
        let (health, loops) = (context.health, context.loops)
        return ServiceBody {
            await ShutdownSignal.current?.wait()
            health.startDraining()
            let loop = EventLoop.current ?? loops.next()
            // Cancelled: the deadline has passed, and there is no more time to give.
            try? await loop.sleep(for: delay)
        }
    }
}
