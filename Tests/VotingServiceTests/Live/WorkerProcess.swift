import Foundation
import Runtime
import Testing
import TestSupport

/// One role of a service on a world's stores, as a process of its own: one that can be killed.
final class WorkerProcess: Sendable {
    private let process = Locked<TestProcess?>(nil)
    private let environment: [String: String]
    private let executable: String
    private let role: String

    init(of world: VotingWorld, _ role: String, service: String = "voting") async throws {
        let mongo = try await TestDocstore.shared().url(database: world.mongo.databaseName)
        executable = try TestDocstore.executable(service)
        self.role = role
        environment = [
            "REDIS_URL": try world.redisURL, "MONGODB_URL": mongo, "CIRCLE_PROFILE": "local",
            "EVIDENCE_HASH_SECRET": VotingWorld.secret, "HTTP_HOST": "127.0.0.1", "ADMIN_PORT": "0",
            "LOG_LEVEL": "error",
        ]
    }

    func start() throws {
        let process = TestProcess(executable, ["serve", "--only", role], environment: environment)
        try process.run()
        self.process.withLock { $0 = process }
    }

    func killAndRestart() async throws {
        end()
        try start()
    }

    /// Ends it with SIGKILL.
    func end() {
        guard let process = process.withLock({ $0 }) else { return }
        process.kill()
        process.waitUntilExit()
    }

    /// Another command of the service, to its end.
    ///
    /// - Returns: what it printed.
    func run(_ arguments: [String]) async throws -> String {
        let output = Pipe()
        let process = TestProcess(
            executable, arguments, environment: environment, output: output.fileHandleForWriting.fileDescriptor)
        try process.run()
        try await eventually("the end of \(arguments)") { !process.isRunning }
        process.waitUntilExit()
        try output.fileHandleForWriting.close()
        return String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    }
}
