import Foundation
package import RedisClient
package import Runtime

/// A redis-server of the test's own: loopback, a free port, a data folder that goes with it.
///
/// It dies with the test process, whatever ends that: the thread that started it stays with it, and the kernel ends it
/// with that thread.
package final class TestRedis: Sendable {
    package let port: Int
    private let folder: String
    private let options: [String]
    private let server: Locked<TestProcess?>

    /// - Parameters:
    ///   - durable: whether it keeps an append-only file, written through with every command.
    ///   - options: further settings, as on redis-server's command line.
    package static func start(durable: Bool = false, options: [String] = []) async throws -> TestRedis {
        for _ in 0..<20 {
            let redis = TestRedis(port: Int.random(in: 20_000..<45_000), durable: durable, options: options)
            if try await redis.launch() { return redis }
        }
        throw NeverHappened(description: "redis-server found no free port")
    }

    /// One server for all tests of the process that do not flush or stop it. Use keys of your own.
    package static func shared() async throws -> TestRedis { try await sharedServer.value }

    private static let sharedServer = Task { try await TestRedis.start() }

    private init(port: Int, durable: Bool, options: [String]) {
        self.port = port
        folder = TestFolder.path("redis")
        let durability = durable ? ["--appendonly", "yes", "--appendfsync", "always"] : ["--appendonly", "no"]
        self.options =
            ["--port", "\(port)", "--bind", "127.0.0.1", "--dir", folder, "--save", "", "--loglevel", "warning"]
            + durability + options
        server = Locked(nil)
    }

    deinit {
        server.withLock { $0?.terminate() }
        try? FileManager.default.removeItem(atPath: folder)  // what stays goes with the process
    }

    package var url: RedisURL {
        get throws { try RedisURL("redis://127.0.0.1:\(port)/0") }
    }

    /// A client of this server; loops of the test support unless told otherwise.
    package func client(
        loops: EventLoopGroup? = nil, options: RedisOptions = .forTests
    ) throws -> RedisClient {
        RedisClient(url: try url, loops: try loops ?? TestLoops.shared(), options: options)
    }

    /// Ends the server as a crash does.
    package func kill() async throws {
        guard let process = server.withLock({ $0 }) else { return }
        process.kill()
        try await eventually("redis-server's end") { !process.isRunning }
    }

    /// Starts the server again, on its port and with its data.
    package func restart() async throws {
        try await kill()
        guard try await launch() else { throw NeverHappened(description: "redis-server did not come back") }
    }

    private func launch() async throws -> Bool {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let process = TestProcess("/usr/bin/setpriv", ["--pdeathsig", "KILL", "redis-server"] + options)
        Thread.detachNewThread {
            // The thread waits with the server: the kernel's parent-death signal goes by thread.
            guard (try? process.run()) != nil else { return }  // not running is what the caller then finds
            process.waitUntilExit()
        }
        let client = try client()
        defer { Task { await client.close() } }
        var isUp = false
        try await eventually("redis-server on \(port)") {
            guard let info = try? await client.send(["INFO", "server"]).text else {
                return process.processIdentifier != 0 && !process.isRunning
            }
            isUp = info.contains("process_id:\(process.processIdentifier)\r\n")
            return true
        }
        server.withLock { $0 = isUp ? process : nil }
        return isUp
    }
}

extension RedisOptions {
    /// A busy machine may take longer than a command may in production. Tests of what a client does when Redis is slow or
    /// away bring options of their own.
    package static var forTests: RedisOptions {
        var options = RedisOptions()
        options.deadline = .seconds(30)
        options.connectDeadline = .seconds(30)
        return options
    }
}

/// Two loops for everything in a test process that does not bring its own.
package enum TestLoops {
    private static let loops = Result { try EventLoopGroup(count: 2, label: "test") }

    package static func shared() throws -> EventLoopGroup { try loops.get() }
}
