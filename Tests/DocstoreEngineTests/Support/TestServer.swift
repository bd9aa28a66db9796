import BSON
import Foundation
import Glibc

@testable import DocstoreEngine

/// A docstore in this process, on a port and in a directory of its own.
final class TestServer {
    let server: Server
    let directory: String

    init(directory: String? = nil, _ configure: (inout ServerOptions) -> Void = { _ in }) throws {
        self.directory =
            directory ?? FileManager.default.temporaryDirectory.path + "/docstore-\(UUID().uuidString)"
        var options = ServerOptions(dataDirectory: self.directory)
        options.port = 0
        options.allowsTestCommands = true
        configure(&options)
        server = try Server(options)
        try server.start()
    }

    func client() throws -> TestClient { try TestClient(port: server.port) }

    deinit {
        try? server.stop()  // the directory goes anyway
        try? FileManager.default.removeItem(atPath: directory)
    }
}

/// What a test got instead of a reply.
enum TestClientError: Error {
    case connect(Int32)
    case closed
}

/// Speaks OP_MSG and adds nothing to what it is told to send.
final class TestClient {
    private let descriptor: Int32
    private var nextID: Int32 = 1

    init(port: UInt16) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        inet_pton(AF_INET, "127.0.0.1", &address.sin_addr)
        let connected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { throw TestClientError.connect(errno) }
        var on: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
    }

    deinit { close(descriptor) }

    /// Runs a command against `database` unless it names one itself.
    @discardableResult
    func run(_ command: BSONDocument, on database: String = "corpus") throws -> BSONDocument {
        var command = command
        if command["$db"] == nil { command.append("$db", .string(database)) }
        try send(Self.message(command.encode(), id: nextID))
        nextID += 1
        return try receive()
    }

    static func message(_ body: [UInt8], id: Int32, flags: UInt32 = 0, opcode: Int32 = 2013) -> [UInt8] {
        var message: [UInt8] = []
        for word in [Int32(21 + body.count), id, 0, opcode, Int32(bitPattern: flags)] {
            withUnsafeBytes(of: word.littleEndian) { message.append(contentsOf: $0) }
        }
        return message + [0] + body
    }

    func send(_ message: [UInt8]) throws {
        var sent = 0
        while sent < message.count {
            let count = message.withUnsafeBytes {
                Glibc.send(descriptor, $0.baseAddress! + sent, message.count - sent, Int32(MSG_NOSIGNAL))
            }
            guard count > 0 else { throw TestClientError.closed }
            sent += count
        }
    }

    func receive() throws -> BSONDocument {
        let header = try read(16)
        let length = header.withUnsafeBytes { Int($0.loadUnaligned(as: Int32.self)) }
        let opcode = header.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: 12, as: Int32.self) }
        let rest = try read(length - 16)
        return try BSONDocument(bytes: Array(rest.dropFirst(opcode == 1 ? 20 : 5)))
    }

    private func read(_ count: Int) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var have = 0
        while have < count {
            let got = bytes.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress! + have, count - have, 0) }
            guard got > 0 else { throw TestClientError.closed }
            have += got
        }
        return bytes
    }

    // MARK: shorthands

    func insert(_ documents: [BSONDocument], into collection: String = "c") throws -> BSONDocument {
        try run(["insert": .string(collection), "documents": .array(documents.map { .document($0) })])
    }

    func find(_ filter: BSONDocument = [:], in collection: String = "c", sort: BSONDocument = [:]) throws
        -> [BSONDocument]
    {
        let reply = try run([
            "find": .string(collection), "filter": .document(filter), "sort": .document(sort), "batchSize": 100_000,
        ])
        return reply.document("cursor")?.array("firstBatch")?.compactMap(\.documentValue) ?? []
    }

    func update(_ filter: BSONDocument, _ change: BSONDocument, upsert: Bool = false) throws -> BSONDocument {
        try run([
            "update": "c",
            "updates": [["q": .document(filter), "u": .document(change), "upsert": .bool(upsert)]],
        ])
    }
}

extension BSONDocument {
    var isOK: Bool { double("ok") == 1 }
    var code: Int32? { int32("code") }
    var firstWriteError: BSONDocument? { array("writeErrors")?.first?.documentValue }
}
