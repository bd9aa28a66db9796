import BSON
import Testing

@testable import DocstoreEngine

/// Documents that come as a sequence are read another way than those inside the command: both must do the same.
@Suite struct SequenceTests {
    private static let documents: [BSONDocument] = [
        ["_id": 1, "u": 1, "t": ["a": [1, 2]]],
        ["u": 2, "_id": 2],
        ["_id": 3, "u": 1],
        ["_id": 4, "u": [5, 6], "x": "grüße"],
        ["_id": 5, "u": 6],
        ["_id": [1]],
        ["_id": ["$a": 1]],
        ["_id": 6, "_id": 7, "u": 8],
        ["_id": 1],
    ]

    private func send(_ documents: [[UInt8]], to collection: String, _ client: TestClient) throws -> BSONDocument {
        let command: BSONDocument = ["insert": .string(collection), "ordered": false, "$db": "corpus"]
        let content = Array("documents".utf8) + [0] + documents.joined()
        var message = TestClient.message(command.encode(), id: 1) + [1] + Self.bytes(content.count + 4) + content
        message.replaceSubrange(0..<4, with: Self.bytes(message.count))
        try client.send(message)
        return try client.receive()
    }

    private static func bytes(_ number: Int) -> [UInt8] {
        withUnsafeBytes(of: Int32(number).littleEndian) { [UInt8]($0) }
    }

    @Test func `a sequence is stored and refused like an array`() throws {
        let server = try TestServer()
        let client = try server.client()
        let index: BSONValue = ["key": ["u": 1], "name": "u", "unique": true, "sparse": true]
        for collection in ["a", "b"] {
            #expect(try client.run(["createIndexes": .string(collection), "indexes": [index]]).isOK)
        }
        var inline = try client.run([
            "insert": "a", "ordered": false, "documents": .array(Self.documents.map { .document($0) }),
        ])
        var sequence = try send(Self.documents.map { $0.encode() }, to: "b", client)
        for time in ["$clusterTime", "operationTime"] { (inline[time], sequence[time]) = (nil, nil) }
        #expect(inline.array("writeErrors")?.count == 5)
        #expect("\(sequence)".replacing("corpus.b", with: "corpus.a") == "\(inline)")
        #expect(try client.find(in: "b", sort: ["_id": 1]) == client.find(in: "a", sort: ["_id": 1]))
        #expect(try client.find(["u": 6], in: "b").count == 1)
    }

    @Test func `a timestamp of zeros in a sequence is given the time`() throws {
        let server = try TestServer()
        let client = try server.client()
        let zero = BSONValue.timestamp(BSONTimestamp(seconds: 0, increment: 0))
        for id in 1...2 as ClosedRange<Int32> {
            let document: BSONDocument = ["_id": .int32(id), "x": 1, "at": zero]
            #expect(try send([document.encode()], to: "c", client).int("n") == 1)
        }
        for document in try client.find() { #expect(document["at"] != zero) }
    }

    @Test func `a sequence's documents are checked whole, and without an id get one`() throws {
        let server = try TestServer()
        let client = try server.client()
        #expect(try send([(["_id": 1] as BSONDocument).encode()], to: "c", client).int("n") == 1)
        var bad = (["_id": 2, "x": ["y": "abc"]] as BSONDocument).encode()
        bad[bad.count - 5] = 0xFF
        #expect(try send([bad], to: "c", client).int("n") != 1)
        #expect(try send([(["x": 1] as BSONDocument).encode()], to: "c", client).int("n") == 1)
        #expect(try client.find(["x": 1]).first?.keys == ["_id", "x"])
    }
}
