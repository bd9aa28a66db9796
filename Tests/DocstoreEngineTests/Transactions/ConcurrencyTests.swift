import BSON
import Foundation
import Testing

@testable import DocstoreEngine

/// Several clients at once.
@Suite struct ConcurrencyTests {
    private static func session(_ byte: UInt8) -> BSONValue {
        ["id": .binary(BSONBinary(subtype: 4, bytes: [UInt8](repeating: byte, count: 16)))]
    }

    private static func inside(
        _ command: BSONDocument, _ session: UInt8, _ number: Int64, first: Bool = false
    ) -> BSONDocument {
        var command = command
        command.append("lsid", Self.session(session))
        command.append("txnNumber", .int64(number))
        if first { command.append("startTransaction", true) }
        command.append("autocommit", false)
        return command
    }

    /// Runs `count` threads to their end.
    private func together(_ count: Int, _ body: @escaping @Sendable (Int) throws -> Void) throws {
        let group = DispatchGroup()
        let failures = Failures()
        for index in 0..<count {
            group.enter()
            Thread.detachNewThread {
                do { try body(index) } catch { failures.add("\(error)") }
                group.leave()
            }
        }
        #expect(group.wait(timeout: .now() + 120) == .success)
        #expect(failures.all.isEmpty, "\(failures.all.first ?? "")")
    }

    private final class Failures: @unchecked Sendable {
        private let lock = NSLock()
        private var texts: [String] = []
        func add(_ text: String) { lock.withLock { texts.append(text) } }
        var all: [String] { lock.withLock { texts } }
    }

    @Test func `eight clients that add one a thousand times make eight thousand`() throws {
        let server = try TestServer()
        _ = try server.client().insert([["_id": 1, "n": 0]])
        let port = server.server.port
        try together(8) { _ in
            let client = try TestClient(port: port)
            for _ in 0..<1000 {
                let reply = try client.update(["_id": 1], ["$inc": ["n": 1]])
                #expect(reply.int("nModified") == 1)
            }
        }
        #expect(try server.client().find() == [["_id": 1, "n": 8000]])
    }

    @Test func `racing upserts on a unique key make one document and no error`() throws {
        let server = try TestServer()
        let client = try server.client()
        try client.run(["createIndexes": "c", "indexes": [["key": ["k": 1], "name": "k", "unique": true]]])
        let port = server.server.port
        try together(8) { _ in
            let client = try TestClient(port: port)
            for key in 0..<100 {
                let reply = try client.update(["k": .int32(Int32(key))], ["$inc": ["n": 1]], upsert: true)
                #expect(reply["writeErrors"] == nil, "\(reply)")
            }
        }
        let documents = try client.find()
        #expect(documents.count == 100)
        #expect(documents.allSatisfy { $0.int("n") == 8 })
    }

    @Test func `transfers between accounts keep their sum`() throws {
        let server = try TestServer()
        _ = try server.client().insert((0..<4).map { ["_id": .int32($0), "n": 100] })
        let port = server.server.port
        try together(4) { thread in
            let client = try TestClient(port: port)
            var number: Int64 = 0
            for round in 0..<50 {
                let from = BSONValue.int32(Int32((thread + round) % 4))
                let to = BSONValue.int32(Int32((thread + round * 3 + 1) % 4))
                while true {
                    number += 1
                    if try Self.transfer(client, UInt8(10 + thread), number, from, to) { break }
                }
            }
        }
        #expect(try server.client().find().reduce(0) { $0 + ($1.int("n") ?? 0) } == 400)
    }

    private static func transfer(
        _ client: TestClient, _ session: UInt8, _ number: Int64, _ from: BSONValue, _ to: BSONValue
    ) throws -> Bool {
        func move(_ id: BSONValue, _ amount: Int32, first: Bool) throws -> Bool {
            let command: BSONDocument = [
                "update": "c", "updates": [["q": ["_id": id], "u": ["$inc": ["n": .int32(amount)]]]],
            ]
            return try client.run(inside(command, session, number, first: first)).isOK
        }
        guard try move(from, -1, first: true), try move(to, 1, first: false) else { return false }
        return try client.run(inside(["commitTransaction": 1], session, number), on: "admin").isOK
    }

    @Test func `a reader goes on while a writer writes and while a transaction waits`() throws {
        let server = try TestServer()
        let client = try server.client()
        _ = try client.insert([["_id": 1, "n": 1], ["_id": 2, "n": 1]])
        let change: BSONDocument = ["update": "c", "updates": [["q": ["_id": 1], "u": ["$set": ["n": 5]]]]]
        #expect(try client.run(Self.inside(change, 1, 1, first: true)).isOK)
        server.server.store.writing.lock()
        #expect(try client.find(["_id": 1]) == [["_id": 1, "n": 1]])
        #expect(try client.find(sort: ["n": 1]).count == 2)
        server.server.store.writing.unlock()
        // Another document is not held up by the transaction either.
        #expect(try client.update(["_id": 2], ["$set": ["n": 9]]).int("nModified") == 1)
        #expect(try client.run(Self.inside(["commitTransaction": 1], 1, 1), on: "admin").isOK)
        #expect(try client.find(["_id": 1]) == [["_id": 1, "n": 5]])
    }

    @Test func `a write outside waits for the transaction that holds its document`() throws {
        let server = try TestServer()
        let client = try server.client()
        _ = try client.insert([["_id": 1, "n": 0]])
        let change: BSONDocument = ["update": "c", "updates": [["q": ["_id": 1], "u": ["$inc": ["n": 10]]]]]
        #expect(try client.run(Self.inside(change, 2, 1, first: true)).isOK)
        let limited: BSONDocument = [
            "update": "c", "updates": [["q": ["_id": 1], "u": ["$inc": ["n": 1]]]], "maxTimeMS": 100,
        ]
        let late = try server.client().run(limited)
        #expect(late.firstWriteError?.code == 50 || late.code == 50, "\(late)")
        let port = server.server.port
        let waiting = DispatchGroup()
        waiting.enter()
        Thread.detachNewThread {
            let reply = try? TestClient(port: port).update(["_id": 1], ["$inc": ["n": 1]])
            #expect(reply?.int("nModified") == 1)
            waiting.leave()
        }
        #expect(try client.run(Self.inside(["commitTransaction": 1], 2, 1), on: "admin").isOK)
        #expect(waiting.wait(timeout: .now() + 20) == .success)
        #expect(try client.find() == [["_id": 1, "n": 11]])
    }

    @Test func `a transaction ends with its connection`() throws {
        let server = try TestServer()
        let client = try server.client()
        _ = try client.insert([["_id": 1, "n": 0]])
        do {
            let leaving = try server.client()
            let change: BSONDocument = ["update": "c", "updates": [["q": ["_id": 1], "u": ["$inc": ["n": 10]]]]]
            #expect(try leaving.run(Self.inside(change, 3, 1, first: true)).isOK)
        }
        #expect(try client.update(["_id": 1], ["$inc": ["n": 1]]).int("nModified") == 1)
        #expect(try client.find() == [["_id": 1, "n": 1]])
    }
}
