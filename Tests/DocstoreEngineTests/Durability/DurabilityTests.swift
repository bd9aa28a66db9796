import BSON
import Foundation
import TestSupport
import Testing

@testable import DocstoreEngine

/// What was acknowledged is there after a crash; what is damaged is never served.
@Suite struct DurabilityTests {
    /// The built executable, which lies beside the test bundle.
    private static func executable() throws -> String {
        let bundle = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
        return (bundle as NSString).deletingLastPathComponent + "/docstore"
    }

    private final class Process {
        let port: UInt16
        private let process: TestProcess

        init(directory: String) throws {
            let output = Pipe()
            process = TestProcess(
                try DurabilityTests.executable(), ["serve", "--port", "0", "--data-dir", directory],
                output: output.fileHandleForWriting.fileDescriptor, keepsErrors: true)
            try process.run()
            try output.fileHandleForWriting.close()
            let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
            port = try #require(UInt16(line.split(separator: ":").last?.split(separator: "\n").first ?? ""))
        }

        func kill() {
            process.kill()
            process.waitUntilExit()
        }

        /// Asks it to end, and waits.
        func terminate() {
            process.terminate()
            process.waitUntilExit()
        }

        deinit { if process.isRunning { kill() } }
    }

    private func temporaryDirectory() -> String {
        FileManager.default.temporaryDirectory.path + "/docstore-\(UUID().uuidString)"
    }

    @Test func `every acknowledged write survives kill -9, and a retry does not happen twice`() throws {
        let directory = temporaryDirectory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        var acknowledged = 0
        for round in 0..<5 {
            let process = try Process(directory: directory)
            let client = try TestClient(port: process.port)
            #expect(try client.find().count == acknowledged, "after crash \(round)")
            let session: BSONValue = ["id": .binary(BSONBinary(subtype: 4, bytes: (0..<16).map { UInt8($0 + round) }))]
            for number in 0..<50 {
                let reply = try client.run([
                    "insert": "c", "documents": [["_id": .int32(Int32(acknowledged))]], "lsid": session,
                    "txnNumber": .int64(Int64(number)),
                ])
                #expect(reply.int("n") == 1)
                acknowledged += 1
            }
            let change: BSONDocument = [
                "update": "d", "updates": [["q": ["_id": 0], "u": ["$inc": ["n": 1]], "upsert": true]],
                "lsid": session, "txnNumber": .int64(50),
            ]
            let first = try client.run(change)
            process.kill()
            let again = try Process(directory: directory)
            let after = try TestClient(port: again.port)
            #expect(try after.run(change)["nModified"] == first["nModified"])
            let counted = try after.find(in: "d")
            #expect(counted == [["_id": 0, "n": .int32(Int32(round + 1))]], "\(counted)")
            again.kill()
        }
    }

    @Test func `an unfinished transaction leaves nothing behind, a committed one is known to be`() throws {
        let directory = temporaryDirectory()
        defer { try? FileManager.default.removeItem(atPath: directory) }
        let session: BSONValue = ["id": .binary(BSONBinary(subtype: 4, bytes: [UInt8](repeating: 9, count: 16)))]
        func inside(_ command: BSONDocument, _ number: Int64, first: Bool = false) -> BSONDocument {
            var command = command
            command.elements += (["lsid": session, "txnNumber": .int64(number)] as BSONDocument).elements
            if first { command.append("startTransaction", true) }
            command.append("autocommit", false)
            return command
        }
        let process = try Process(directory: directory)
        let client = try TestClient(port: process.port)
        try client.run(inside(["insert": "c", "documents": [["_id": 1]]], 1, first: true))
        let commit = inside(["commitTransaction": 1, "writeConcern": ["w": "majority"]], 1)
        #expect(try client.run(commit, on: "admin").isOK)
        try client.run(inside(["insert": "c", "documents": [["_id": 2]]], 2, first: true))
        process.kill()
        let again = try Process(directory: directory)
        let after = try TestClient(port: again.port)
        #expect(try after.find() == [["_id": 1]])
        #expect(try after.run(commit, on: "admin").isOK)
    }

    @Test func `a damaged document is reported and never served`() throws {
        let directory = temporaryDirectory()
        let marker = "a text that is easy to find in a file"
        do {
            let process = try Process(directory: directory)
            let client = try TestClient(port: process.port)
            _ = try client.insert([["_id": 1, "s": .string(marker)], ["_id": 2, "s": "whole"]])
            process.terminate()
        }
        defer { try? FileManager.default.removeItem(atPath: directory) }
        var flipped = 0
        for file in try FileManager.default.contentsOfDirectory(atPath: directory) where file.contains("sqlite") {
            let path = directory + "/" + file
            var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
            if file.hasSuffix("-wal") || file.hasSuffix("-shm") { continue }
            while let found = bytes.range(of: Data(marker.utf8)) {
                bytes[found.lowerBound] ^= 1
                flipped += 1
            }
            try bytes.write(to: URL(fileURLWithPath: path))
        }
        try #require(flipped > 0)
        let server = try TestServer(directory: directory)
        let client = try server.client()
        let reply = try client.run(["find": "c", "filter": ["_id": 1]])
        #expect(reply.code == 365, "\(reply)")
        #expect(reply.string("errmsg")?.contains("checksum") == true)
        #expect(try client.find(["_id": 2]) == [["_id": 2, "s": "whole"]])
        #expect(try client.run(["find": "c"]).code == 365)
    }

    private func options(_ directory: String) -> ServerOptions {
        var options = ServerOptions(dataDirectory: directory)
        options.port = 0
        return options
    }

    @Test func `a data directory belongs to one process`() throws {
        let server = try TestServer()
        #expect(throws: StorageError.inUse(server.directory)) { try Server(options(server.directory)) }
    }
}
