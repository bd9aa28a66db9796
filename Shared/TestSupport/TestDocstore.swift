import Foundation
package import MongoClient
import Runtime

/// The document server that this package builds, started for tests; or the MongoDB that `MONGODB_URL` names.
///
/// The binary lies beside the test bundle, so the server tested against is always the one of the same build. It dies
/// with the test process.
package final class TestDocstore: Sendable {
    package let port: Int
    private let folder: String
    private let options: [String]
    private let server: Locked<TestProcess?>

    /// One server for all tests of the process that do not stop it; each takes a database of its own.
    package static func shared() async throws -> TestDocstore { try await sharedServer.value }

    private static let sharedServer = Task { try await TestDocstore.start() }

    /// A server of the test's own, for tests that end it.
    ///
    /// - Parameter options: further arguments, as `--test-commands`.
    package static func start(options: [String] = []) async throws -> TestDocstore {
        for _ in 0..<20 {
            let docstore = TestDocstore(port: Int.random(in: 20_000..<45_000), options: options)
            if try await docstore.launch() { return docstore }
        }
        throw NeverHappened(description: "docstore found no free port")
    }

    private init(port: Int, options: [String]) {
        self.port = port
        self.options = options
        folder = TestFolder.path("docstore")
        server = Locked(nil)
    }

    deinit {
        server.withLock { $0?.terminate() }
        try? FileManager.default.removeItem(atPath: folder)  // what stays goes with the process
    }

    package func url(database: String) -> String { "mongodb://127.0.0.1:\(port)/\(database)" }

    /// Ends the server as a crash does.
    package func kill() async throws {
        guard let process = server.withLock({ $0 }) else { return }
        process.kill()
        try await eventually("docstore's end") { !process.isRunning }
    }

    /// Starts the server again, on its port and with its data.
    package func restart() async throws {
        try await kill()
        guard try await launch() else { throw NeverHappened(description: "docstore did not come back") }
    }

    /// Where SwiftPM put the executables that belong to the running test bundle.
    package static func executable(_ name: String) throws -> String {
        let bundle = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        let beside = (bundle as NSString).deletingLastPathComponent + "/" + name
        guard FileManager.default.isExecutableFile(atPath: beside) else {
            throw NeverHappened(description: "no \(name) beside the tests: build it first (\(beside))")
        }
        return beside
    }

    private func launch() async throws -> Bool {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let output = Pipe()
        let process = TestProcess(
            "/usr/bin/setpriv",
            [
                "--pdeathsig", "KILL", try Self.executable("docstore"), "serve", "--port", "\(port)", "--data-dir",
                folder,
            ] + options, output: output.fileHandleForWriting.fileDescriptor,
            keepsErrors: ProcessInfo.processInfo.environment["DOCSTORE_LOG"] != nil)
        let heard = Locked(false)
        output.fileHandleForReading.readabilityHandler = { handle in
            let data = handle.availableData
            if data.isEmpty { handle.readabilityHandler = nil }
            if String(decoding: data, as: UTF8.self).contains("listening") { heard.withLock { $0 = true } }
        }
        Thread.detachNewThread {
            // The thread waits with the server: the kernel's parent-death signal goes by thread.
            guard (try? process.run()) != nil else { return }  // not running is what the caller then finds
            try? output.fileHandleForWriting.close()  // the server has its own; ours would keep the pipe open
            process.waitUntilExit()
        }
        try await eventually("docstore on \(port)") {
            heard.withLock { $0 } || (process.processIdentifier != 0 && !process.isRunning)
        }
        let isUp = heard.withLock { $0 }
        server.withLock { $0 = isUp ? process : nil }
        return isUp
    }
}

/// A client of a new, empty database, which is dropped afterwards, also when the test throws.
package func withDatabase<Success>(
    on docstore: TestDocstore? = nil, threads: Int = 4, _ body: (MongoClient) async throws -> Success
) async throws -> Success {
    let client = try await freshDatabase(on: docstore, threads: threads)
    do {
        let result = try await body(client)
        try await client.database.drop()
        return result
    } catch {
        try? await client.database.drop()  // the test's own error is the one to report
        throw error
    }
}

/// A client of a new, empty database, for suites that clean up by ending their server.
package func freshDatabase(on docstore: TestDocstore? = nil, threads: Int = 4) async throws -> MongoClient {
    let name = "test_\(UInt64.random(in: .min ... .max))"
    let url: String
    if docstore == nil, let given = ProcessInfo.processInfo.environment["MONGODB_URL"] {
        url = try replacingDatabase(of: given, by: name)
    } else {
        let server: TestDocstore
        if let docstore { server = docstore } else { server = try await .shared() }
        url = server.url(database: name)
    }
    return try MongoClient(MongoConfiguration(url: url, threads: threads, applicationName: "tests"))
}

private func replacingDatabase(of url: String, by name: String) throws -> String {
    guard var components = URLComponents(string: url), components.host == "127.0.0.1" || components.host == "localhost"
    else { throw NeverHappened(description: "MONGODB_URL has to name this machine for tests") }
    components.path = "/" + name
    return components.string ?? url
}
