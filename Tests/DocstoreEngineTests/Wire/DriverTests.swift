import BSON
import Testing

@testable import DocstoreEngine

/// What the published test suites of drivers ask of a server, beyond the recordings.
@Suite struct DriverTests {
    private let server: TestServer
    private let client: TestClient

    init() throws {
        server = try TestServer()
        client = try server.client()
    }

    private static let session: BSONValue = [
        "id": .binary(BSONBinary(subtype: 4, bytes: [UInt8](repeating: 7, count: 16)))
    ]

    /// The command as a step of a transaction, or as a write that may be sent again.
    private func numbered(
        _ command: BSONDocument, _ number: Int64, first: Bool = false, inTransaction: Bool = true
    ) -> BSONDocument {
        var command = command
        command.append("lsid", Self.session)
        command.append("txnNumber", .int64(number))
        if first { command.append("startTransaction", true) }
        if inTransaction { command.append("autocommit", false) }
        return command
    }

    private func fail(_ name: String, _ data: BSONDocument) throws {
        #expect(
            try client.run(
                ["configureFailPoint": .string(name), "mode": ["times": 1], "data": .document(data)], on: "admin"
            ).isOK)
    }

    private func names() throws -> [String] {
        let reply = try client.run(["listCollections": 1])
        return (reply.document("cursor")?.array("firstBatch") ?? []).compactMap { $0.documentValue?.string("name") }
    }

    // MARK: cluster time

    @Test func `every reply tells a later time, an error too`() throws {
        let replies = try [["ping": 1], ["nonsense": 1], ["find": "c"], ["hello": 1]].map { try client.run($0) }
        let times = try replies.map { reply -> UInt64 in
            guard case .timestamp(let time)? = reply["operationTime"] else { throw TestClientError.closed }
            #expect(reply.document("$clusterTime")?["clusterTime"] == .timestamp(time))
            #expect(reply.document("$clusterTime")?.document("signature")?.int64("keyId") == 0)
            return UInt64(time.seconds) << 32 | UInt64(time.increment)
        }
        #expect(zip(times, times.dropFirst()).allSatisfy(<))
        let told = try #require(replies[2]["operationTime"])
        let later: BSONDocument = [
            "find": "c", "readConcern": ["afterClusterTime": told],
            "$clusterTime": replies[2]["$clusterTime"] ?? .null,
        ]
        #expect(try client.run(later).isOK)
    }

    // MARK: let

    @Test func `the values of let are expressions, and read no document`() throws {
        _ = try client.insert([["_id": 1, "a": 3], ["_id": 2, "a": 4]])
        let matches: BSONValue = ["$expr": ["$eq": ["$a", "$$three"]]]
        let found = try client.run([
            "find": "c", "filter": matches, "let": ["one": 1, "three": ["$add": ["$$one", 2]]],
        ])
        #expect(found.document("cursor")?.array("firstBatch") == [["_id": 1, "a": 3]])
        let change: BSONValue = ["q": ["_id": 2], "u": [["$set": ["b": "$$text"]]]]
        #expect(try client.run(["update": "c", "updates": [change], "let": ["text": ["$literal": "$a"]]]).isOK)
        #expect(try client.find(["_id": 2]) == [["_id": 2, "a": 4, "b": "$a"]])
        for reading in ["$a", "$$ROOT", "$$CURRENT.a"] as [BSONValue] {
            #expect(try client.run(["find": "c", "let": ["x": reading]]).code == 4_890_500)
        }
    }

    @Test func `a pipeline over no collection names the stage that is missing`() throws {
        let reply = try client.run(["aggregate": 1, "pipeline": [["$changeStream": [:]]], "cursor": [:]])
        #expect(reply.code == 40324)
        #expect(reply.string("errmsg")?.contains("$changeStream") == true)
    }

    // MARK: cursors

    @Test func `a full batch ends a cursor only where that is known without looking`() throws {
        _ = try client.insert((0..<4).map { ["_id": .int32($0), "a": .int32(-$0)] })
        func isOver(_ command: BSONDocument) throws -> Bool {
            let cursor = try #require(try client.run(command).document("cursor"))
            #expect(cursor.array("firstBatch")?.count == 2)
            return cursor.int64("id") == 0
        }
        let two: BSONDocument = ["_id": ["$lt": 2]]
        #expect(try !isOver(["find": "c", "filter": .document(two), "batchSize": 2]))
        #expect(try isOver(["find": "c", "filter": .document(two), "batchSize": 3]))
        #expect(try isOver(["find": "c", "limit": 2, "batchSize": 2]))
        #expect(try isOver(["find": "c", "sort": ["_id": 1], "limit": 2, "batchSize": 2]))
        #expect(try !isOver(["find": "c", "sort": ["a": 1], "limit": 2, "batchSize": 2]))
        let pipeline: BSONValue = [["$match": .document(two)]]
        #expect(try !isOver(["aggregate": "c", "pipeline": pipeline, "cursor": ["batchSize": 2]]))
        #expect(try isOver(["aggregate": "c", "pipeline": pipeline, "cursor": [:]]))
        let one: BSONDocument = ["aggregate": "c", "pipeline": pipeline, "cursor": ["batchSize": 1]]
        let open = try client.run(one).document("cursor")
        let last = try client.run(["getMore": open?["id"] ?? .null, "collection": "c", "batchSize": 1])
        #expect(last.document("cursor")?.array("nextBatch")?.count == 1)
        #expect(last.document("cursor")?.int64("id") != 0)

        let first = try client.run(["find": "c", "filter": .document(two), "batchSize": 2]).document("cursor")
        let more = try client.run(["getMore": first?["id"] ?? .null, "collection": "c"]).document("cursor")
        #expect(more?.array("nextBatch") == [] && more?.int64("id") == 0)
    }

    @Test func `a pipeline's cursor gives all that comes out of it, however small its batches`() throws {
        _ = try client.insert((0..<4).map { ["_id": .int32($0)] })
        let command: BSONDocument = [
            "aggregate": "c", "pipeline": [["$addFields": ["a": 1]]], "cursor": ["batchSize": 1],
        ]
        var cursor = try client.run(command).document("cursor")
        var seen = cursor?.array("firstBatch")?.count ?? 0
        while let id = cursor?.int64("id"), id != 0, seen < 9 {
            cursor = try client.run(["getMore": .int64(id), "collection": "c", "batchSize": 1]).document("cursor")
            seen += cursor?.array("nextBatch")?.count ?? 0
        }
        #expect(seen == 4)
    }

    @Test func `statistics that a shell shows count what is there`() throws {
        _ = try client.insert([["_id": 1], ["_id": 2]])
        let index: BSONValue = ["key": ["a": 1], "name": "a_1"]
        #expect(try client.run(["createIndexes": "c", "indexes": [index]]).isOK)
        let ofDatabase = try client.run(["dbStats": 1])
        #expect(["collections", "objects", "indexes"].map(ofDatabase.int) == [1, 2, 2])
        let ofCollection = try client.run(["collStats": "c"])
        #expect(["count", "nindexes"].map(ofCollection.int) == [2, 2])
        #expect(try client.run(["collStats": "none"]).int("count") == 0)
    }

    // MARK: fail points

    @Test(arguments: [true, false])
    func `a retryable write whose client was cut off is done once`(isCutOffBefore: Bool) throws {
        let insert = numbered(["insert": "c", "documents": [["_id": 1]]], 1, inTransaction: false)
        try fail("onPrimaryTransactionalWrite", isCutOffBefore ? ["failBeforeCommitExceptionCode": 1] : [:])
        let first = try server.client()
        #expect(throws: TestClientError.self) { try first.run(insert) }
        let again = try client.run(insert)
        #expect(again.int("n") == 1 && again["writeErrors"] == nil)
        #expect(try client.find() == [["_id": 1]])
    }

    @Test func `a retryable write that failed beforehand is done when it is sent again`() throws {
        let insert = numbered(["insert": "c", "documents": [["_id": 1]]], 1, inTransaction: false)
        try fail("onPrimaryTransactionalWrite", ["failBeforeCommitExceptionCode": 1, "closeConnection": false])
        let first = try client.run(insert)
        #expect(first.code == 1 || first.firstWriteError?.code == 1)
        #expect(try client.find() == [])
        #expect(try client.run(insert).int("n") == 1)
        #expect(try client.find() == [["_id": 1]])
    }

    @Test func `a commit that a fail point cut off can be sent again over another connection`() throws {
        let other = try server.client()
        #expect(try other.run(numbered(["insert": "c", "documents": [["_id": 1]]], 1, first: true)).isOK)
        try fail("failCommand", ["failCommands": ["commitTransaction"], "closeConnection": true])
        #expect(throws: TestClientError.self) { try other.run(numbered(["commitTransaction": 1], 1), on: "admin") }
        #expect(try client.run(numbered(["commitTransaction": 1], 1), on: "admin").isOK)
        #expect(try client.find() == [["_id": 1]])
    }

    @Test func `labels say what to try again`() throws {
        func labels(_ command: BSONDocument, _ data: BSONDocument, on database: String = "corpus") throws -> [String]? {
            var data = data
            data.append("failCommands", [.string(command.keys[0])])
            try fail("failCommand", data)
            return try client.run(command, on: database).strings("errorLabels")
        }
        let insert: BSONDocument = ["insert": "c", "documents": [[:]]]
        let concern: BSONDocument = ["writeConcernError": ["code": 91, "errmsg": "going down"]]
        #expect(try labels(numbered(insert, 1, inTransaction: false), ["errorCode": 91]) == ["RetryableWriteError"])
        #expect(try labels(numbered(insert, 2, inTransaction: false), concern) == ["RetryableWriteError"])
        #expect(try labels(numbered(insert, 3, first: true), ["errorCode": 91]) == ["TransientTransactionError"])
        #expect(try labels(numbered(insert, 4, first: true), concern) == nil)
        let commit = numbered(["commitTransaction": 1], 4)
        #expect(try labels(commit, ["errorCode": 251], on: "admin") == ["TransientTransactionError"])
        #expect(try labels(commit, ["errorCode": 11600], on: "admin") == ["RetryableWriteError"])
        #expect(try labels(commit, ["errorCode": 11601], on: "admin") == nil)
        #expect(try labels(commit, concern, on: "admin") == ["RetryableWriteError"])
    }

    // MARK: collections that a transaction makes

    @Test func `a collection and an index made in a transaction are there from the commit on`() throws {
        let insert: BSONDocument = ["insert": "c", "documents": [["_id": 1, "a": 1]]]
        let index: BSONDocument = [
            "createIndexes": "d", "indexes": [["key": ["a": 1], "name": "a_1", "unique": true]],
        ]
        #expect(try client.run(numbered(insert, 1, first: true)).isOK)
        #expect(try client.run(numbered(index, 1)).isOK)
        #expect(try client.run(numbered(["insert": "d", "documents": [["a": 1]]], 1)).isOK)
        #expect(try names() == [])
        #expect(try client.run(numbered(["abortTransaction": 1], 1), on: "admin").isOK)
        #expect(try names() == [])

        #expect(try client.run(numbered(index, 2, first: true)).isOK)
        #expect(try client.run(numbered(["insert": "d", "documents": [["a": 1]]], 2)).isOK)
        #expect(try client.run(numbered(["commitTransaction": 1], 2), on: "admin").isOK)
        #expect(try names() == ["d"])
        let twice = try client.insert([["a": 1]], into: "d")
        #expect(twice.firstWriteError?.code == 11000)
        #expect(try client.run(numbered(index, 3, first: true)).code == 263)
    }

    @Test func `a collection that came to be meanwhile is a write conflict`() throws {
        #expect(try client.run(numbered(["insert": "c", "documents": [["_id": 1]]], 1, first: true)).isOK)
        #expect(try client.insert([["_id": 2]]).isOK)
        let commit = try client.run(numbered(["commitTransaction": 1], 1), on: "admin")
        #expect(commit.code == 112)
        #expect(commit.strings("errorLabels") == ["TransientTransactionError"])
        #expect(try client.find() == [["_id": 2]])
    }
}
