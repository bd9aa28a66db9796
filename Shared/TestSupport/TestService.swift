import Lifecycle
package import MongoClient
import Records
import Runtime
package import ServiceKit
import Synchronization

/// The stores of one test: a Redis of its own, and a database of its own on a shared docstore.
///
/// Services of one test share them. Redis is not shared between tests, because consumer groups of one test would be
/// handed the events of another.
package struct TestStores: Sendable {
    package let redis: TestRedis
    package let mongo: MongoClient
    package let mongoURL: String

    /// - Parameter migrated: whether collections, validators and indexes are made as `migrate` makes them.
    package static func fresh(durable: Bool = false, migrated: Bool = true) async throws -> TestStores {
        let redis = try await TestRedis.start(durable: durable)
        let docstore = try await TestDocstore.shared()
        let url = docstore.url(database: "test_\(UInt64.random(in: .min ... .max))")
        let mongo = try MongoClient(MongoConfiguration(url: url, threads: 4, applicationName: "tests"))
        if migrated { try await Migrator(mongo.database).migrate(AllCollections.declarations) }
        return TestStores(redis: redis, mongo: mongo, mongoURL: url)
    }
}

/// A service that runs inside of the test process, on free ports, with real stores.
///
/// ```swift
/// let stores = try await TestStores.fresh()
/// try await withService(AuthService.definition, on: stores) { auth in
///     #expect(try await auth.http.get("/v1/status").status == 200)
/// }
/// ```
package final class TestService: Sendable {
    package let context: ServiceContext
    package let http: TestHTTP
    package let admin: TestHTTP
    private let stop: ShutdownSignal
    private let task: Task<Void, any Error>

    private init(
        context: ServiceContext, http: TestHTTP, admin: TestHTTP, stop: ShutdownSignal, task: Task<Void, any Error>
    ) {
        self.context = context
        self.http = http
        self.admin = admin
        self.stop = stop
        self.task = task
    }

    /// Starts a service and waits until it is ready.
    ///
    /// - Parameters:
    ///   - roles: all of them unless told otherwise.
    ///   - variables: beside the addresses of the stores; limits are relaxed unless told otherwise.
    package static func start(
        _ definition: ServiceDefinition, on stores: TestStores, roles: [ProcessRole]? = nil,
        variables: [String: String] = [:]
    ) async throws -> TestService {
        let loops = try EventLoopGroup(count: 2, label: definition.name)
        let configuration = try Configuration(
            service: definition.name, variables: definition.variables,
            environment: environment(stores).merging(variables) { $1 })
        let context = try ServiceContext(
            service: definition.name, configuration: configuration, loops: loops, redisOptions: .forTests)
        let stop = ShutdownSignal()
        let ports = Mutex<ServiceProcess.Ports?>(nil)
        let process = ServiceProcess(definition, context: context, roles: roles ?? definition.roles)
        let task = Task { try await process.run(or: stop) { found in ports.withLock { $0 = found } } }
        let found = try await eventually("the ports of \(definition.name)") { ports.withLock { $0 } }
        let service = TestService(
            context: context, http: try TestHTTP(url: "http://127.0.0.1:\(found.api ?? found.admin)"),
            admin: try TestHTTP(url: "http://127.0.0.1:\(found.admin)"), stop: stop, task: task)
        try await eventually("\(definition.name) to be ready") { try await service.admin.get("/readyz").status == 200 }
        return service
    }

    private static func environment(_ stores: TestStores) -> [String: String] {
        [
            "REDIS_URL": "redis://127.0.0.1:\(stores.redis.port)/0", "MONGODB_URL": stores.mongoURL,
            "CIRCLE_PROFILE": "local", "CIRCLE_LIMITS": "relaxed", "HTTP_HOST": "127.0.0.1", "HTTP_PORT": "0",
            "ADMIN_PORT": "0", "DRAIN_DELAY_SECONDS": "0", "DRAIN_DEADLINE_SECONDS": "15", "ACCESS_LOG": "none",
            "KEY_ENCRYPTION_SECRET": "a secret that no deployment may ever use",
            "EVIDENCE_HASH_SECRET": "another secret that no deployment may use",
        ]
    }

    /// Stops the service in order and waits for its end.
    package func end() async throws {
        stop.raise()
        try await task.value
    }
}

/// Runs a service for the time of `body`, and stops it also when the test throws.
package func withService<Success>(
    _ definition: ServiceDefinition, on stores: TestStores, roles: [ProcessRole]? = nil,
    variables: [String: String] = [:], _ body: (TestService) async throws -> Success
) async throws -> Success {
    let service = try await TestService.start(definition, on: stores, roles: roles, variables: variables)
    do {
        let result = try await body(service)
        try await service.end()
        return result
    } catch {
        try? await service.end()  // the test's own error is the one to report
        throw error
    }
}
