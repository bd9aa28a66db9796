import Glibc

/// A real service on stores of its own.
struct ServiceUnderTest {
    let process: ChildProcess
    let port: Int

    /// `gems`' API on an own redis-server and docstore.
    static func gems(in workshop: Workshop) throws -> ServiceUnderTest {
        let stores = try Stores(in: workshop)
        return try start(
            "gems", arguments: ["serve", "--only", "api"], answering: "/v1/gems/products", stores: stores, in: workshop)
    }

    /// - Parameter path: what answers 200 once the service can be measured. Not `/readyz`, which also waits for what the
    ///   rest of the platform would bring.
    static func start(
        _ name: String, arguments: [String], answering path: String, stores: Stores, in workshop: Workshop
    ) throws -> ServiceUnderTest {
        let port = try workshop.freePort()
        let process = try workshop.start(
            "\(workshop.binaries)/\(name)", arguments, environment: try environment(stores, port: port, in: workshop))
        try waitUntilReady(port, path, name, process)
        return ServiceUnderTest(process: process, port: port)
    }

    static let evidenceSecret = String(repeating: "e", count: 40)

    static func environment(_ stores: Stores, port: Int, in workshop: Workshop) throws -> [String: String] {
        let adminPort = try workshop.freePort()
        return stores.environment.merging([
            "HTTP_PORT": "\(port)", "ADMIN_PORT": "\(adminPort)", "CIRCLE_LIMITS": "relaxed", "CIRCLE_PROFILE": "local",
            "LOG_LEVEL": "warning",
            "EVENT_LOOPS": "1", "KEY_ENCRYPTION_SECRET": String(repeating: "k", count: 40),
            "EVIDENCE_HASH_SECRET": evidenceSecret, "OBJECT_STORE_URL": "file://\(workshop.folder)/objects",
        ]) { $1 }
    }

    private static func waitUntilReady(
        _ port: Int, _ path: String, _ name: String, _ process: ChildProcess
    ) throws {
        for _ in 0..<300 {
            usleep(100_000)
            // Nobody listens at first: that is what is waited for.
            guard let socket = try? Socket(port: port) else { continue }
            try socket.send(Array("GET \(path) HTTP/1.1\r\nHost: bench\r\n\r\n".utf8))
            if String(decoding: try socket.answer().head.prefix(12), as: UTF8.self) == "HTTP/1.1 200" { return }
        }
        throw BenchmarkFailure("\(name) does not get ready:\n\(process.output.suffix(2000))")
    }
}

/// A redis-server and a docstore, fresh and with the durability of the real ones.
struct Stores {
    let environment: [String: String]
    let redis: ChildProcess
    let redisPort: Int
    let mongoURL: String

    init(in workshop: Workshop) throws {
        redisPort = try workshop.freePort()
        let mongoPort = try workshop.freePort()
        redis = try workshop.start(
            "redis-server",
            [
                "--port", "\(redisPort)", "--bind", "127.0.0.1", "--save", "", "--appendonly", "yes", "--appendfsync",
                "always",
                // Rewriting the file takes a core for seconds, in whoever's round it falls.
                "--auto-aof-rewrite-percentage", "0", "--dir", workshop.folder,
            ], waitingFor: "Ready to accept connections")
        _ = try workshop.start(
            "\(workshop.binaries)/docstore",
            ["serve", "--port", "\(mongoPort)", "--data-dir", "\(workshop.folder)/documents"], waitingFor: "listening")
        mongoURL = "mongodb://127.0.0.1:\(mongoPort)/circle"
        environment = [
            "REDIS_URL": "redis://127.0.0.1:\(redisPort)/0", "REDIS_CACHE_URL": "redis://127.0.0.1:\(redisPort)/1",
            "MONGODB_URL": mongoURL,
        ]
    }
}
