import BSON
import Testing

@testable import DocstoreEngine

/// Messages, good and bad.
@Suite struct WireTests {
    private static let ping: BSONDocument = ["ping": 1, "$db": "admin"]

    private func words(_ values: [Int32]) -> [UInt8] {
        values.flatMap { value in withUnsafeBytes(of: value.littleEndian) { [UInt8]($0) } }
    }

    private func parse(_ message: [UInt8]) throws -> WireRequest {
        try message.withUnsafeBytes { try WireRequest($0) }
    }

    @Test func `CRC-32C of the standard's example`() {
        #expect(CRC32C.checksum(Array("123456789".utf8)) == 0xE306_9283)
        #expect(CRC32C.checksum([]) == 0)
        #expect(CRC32C.checksum([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
    }

    @Test func `the processor's CRC-32C and the table's are the same`() {
        for count in 0..<40 {
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 37 &+ count) }
            bytes.withUnsafeBytes { #expect(CRC32C.checksum($0) == ~CRC32C.bytewise($0)) }
        }
    }

    @Test func `a message with a checksum is answered, with a wrong one it is not`() throws {
        let body = Self.ping.encode()
        var message = TestClient.message(body, id: 7, flags: 1)
        message.replaceSubrange(0..<4, with: words([Int32(message.count + 4)]))
        let checksum = CRC32C.checksum(message)
        let good = message + words([Int32(bitPattern: checksum)])
        #expect(try parse(good).body == Self.ping)
        let bad = message + words([Int32(bitPattern: checksum ^ 1)])
        #expect(throws: WireError.badChecksum) { try parse(bad) }
    }

    @Test func `a document sequence gives whole documents`() throws {
        let command: BSONDocument = ["insert": "c", "$db": "t"]
        let documents: [BSONDocument] = [["_id": 1], ["_id": 2, "a": "b"]]
        let content = Array("documents".utf8) + [0] + documents.flatMap { $0.encode() }
        let payload = [0] + command.encode() + [1] + words([Int32(content.count + 4)]) + content
        let request = try parse(words([Int32(20 + payload.count), 1, 0, 2013, 0]) + payload)
        #expect(request.sequences.count == 1)
        #expect(request.sequences[0].name == "documents")
        #expect(request.sequences[0].documents == documents.map { $0.encode() })
    }

    @Test(
        arguments: [
            [0, 0, 0, 0], [255, 255, 255, 127], [20, 0, 0, 0], [16, 0, 0, 0],
        ] as [[UInt8]])
    func `a wrong length is refused`(length: [UInt8]) {
        var message = TestClient.message(Self.ping.encode(), id: 1)
        message.replaceSubrange(0..<4, with: length)
        #expect(throws: WireError.self) { try parse(message) }
    }

    @Test func `no prefix of a message is taken for one`() {
        let message = TestClient.message(Self.ping.encode(), id: 1)
        for count in 16..<message.count {
            var cut = Array(message[..<count])
            cut.replaceSubrange(0..<4, with: words([Int32(count)]))
            #expect(throws: WireError.self) { try parse(cut) }
        }
    }

    @Test func `fewer bytes than a header has are no message`() {
        for count in 0..<MessageHeader.length {
            #expect(throws: WireError.self) { try parse([UInt8](repeating: 16, count: count)) }
        }
    }

    @Test func `unknown required flags and sections are refused`() {
        #expect(throws: WireError.self) { try parse(TestClient.message(Self.ping.encode(), id: 1, flags: 4)) }
        var message = TestClient.message(Self.ping.encode(), id: 1)
        message[20] = 9
        #expect(throws: WireError.self) { try parse(message) }
        #expect(throws: WireError.unsupportedOpcode(2001)) {
            try parse(TestClient.message(Self.ping.encode(), id: 1, opcode: 2001))
        }
    }

    @Test func `moreToCome gets no reply, and the next request its own`() throws {
        let server = try TestServer()
        let client = try server.client()
        let silent: BSONDocument = [
            "insert": "c", "documents": [["_id": 1]], "writeConcern": ["w": 0], "$db": "corpus",
        ]
        try client.send(TestClient.message(silent.encode(), id: 1, flags: 2))
        #expect(try client.run(["ping": 1]).isOK)
        #expect(try client.find() == [["_id": 1]])
    }

    @Test func `the old form says hello and nothing else`() throws {
        let server = try TestServer()
        let client = try server.client()
        func query(_ command: BSONDocument) -> [UInt8] {
            let body = words([0]) + Array("admin.$cmd".utf8) + [0] + words([0, -1]) + command.encode()
            return words([Int32(16 + body.count), 1, 0, 2004]) + body
        }
        try client.send(query(["isMaster": 1, "helloOk": true]))
        let hello = try client.receive()
        #expect(hello.bool("ismaster") == true)
        #expect(hello.bool("helloOk") == true)
        #expect(hello.string("setName") == "docstore")
        #expect(hello.int("maxWireVersion") == 13)
        try client.send(query(["ping": 1]))
        #expect(try client.receive().code == 352)
    }

    @Test func `hundreds of connections are answered`() throws {
        let server = try TestServer()
        let clients = try (0..<300).map { _ in try server.client() }
        for client in clients { #expect(try client.run(["ping": 1]).isOK) }
    }

    @Test func `a connection that sends rubbish is closed, the others stay`() throws {
        let server = try TestServer()
        let bad = try server.client()
        let good = try server.client()
        try bad.send([UInt8](repeating: 0xAB, count: 64))
        #expect(throws: TestClientError.self) { try bad.receive() }
        #expect(try good.run(["ping": 1]).isOK)
    }

    @Test func `a document of 16 MB is stored, a larger one is not`() throws {
        let server = try TestServer()
        let client = try server.client()
        let room = InsertedDocument.maximumSize - 100
        #expect(try client.insert([["_id": 1, "s": .string(String(repeating: "x", count: room))]]).int("n") == 1)
        let reply = try client.insert([["_id": 2, "s": .string(String(repeating: "x", count: room + 200))]])
        #expect(reply.firstWriteError?.code == 2)
        #expect(try client.find(["_id": 1]).first?.string("s")?.utf8.count == room)
    }
}
