import BSON
import Testing

@testable import DocstoreEngine

/// Answers that neither the recordings nor the drivers' suites ask for: MongoDB 5.0's, by its source.
@Suite struct AnswerTests {
    private let server: TestServer
    private let client: TestClient

    init() throws {
        server = try TestServer()
        client = try server.client()
        _ = try client.insert((0..<3).map { ["_id": .int32($0), "a": .array([.int32($0)])] })
    }

    private func ids(_ command: BSONDocument) throws -> [BSONValue]? {
        try client.run(command).document("cursor")?.array("firstBatch")?.map { $0.documentValue?["_id"] ?? .null }
    }

    // MARK: write concern

    @Test(arguments: [(2, 100), ("backup", 79)] as [(BSONValue, Int32)])
    func `a write concern that cannot be kept is told of a write that is done`(w: BSONValue, code: Int32) throws {
        let concern: BSONDocument = ["w": w]
        let commands: [BSONDocument] = [
            ["insert": "c", "documents": [["_id": 9]]], ["create": "d"], ["drop": "d"],
            ["findAndModify": "c", "query": ["_id": 9], "remove": true],
        ]
        for command in commands {
            let reply = try client.run(command + ["writeConcern": .document(concern)])
            #expect(reply.isOK)
            let error = try #require(reply.document("writeConcernError"))
            #expect(error.keys == ["code", "codeName", "errmsg", "errInfo"])
            #expect(error.int32("code") == code)
            let stated: BSONDocument = ["w": w, "wtimeout": 0, "provenance": "clientSupplied"]
            #expect(error.document("errInfo")?["writeConcern"] == .document(stated))
        }
        #expect(try ids(["find": "c"]) == [0, 1, 2])
    }

    @Test func `only what writes takes a write concern`() throws {
        for command in [["find": "c"], ["count": "c"], ["ping": 1], ["listCollections": 1]] as [BSONDocument] {
            #expect(try client.run(command + ["writeConcern": ["w": 1]]).code == 72)
        }
        let pipeline: BSONDocument = ["aggregate": "c", "pipeline": [], "cursor": [:]]
        #expect(try client.run(pipeline + ["writeConcern": ["w": 1]]).isOK)
    }

    // MARK: the stable API

    @Test func `there is one version of the API, and what is not part of it is refused where asked for`() throws {
        #expect(try client.run(["find": "c", "apiVersion": "1", "apiStrict": true]).isOK)
        #expect(try client.run(["distinct": "c", "key": "a", "apiVersion": "1", "apiStrict": true]).code == 323)
        #expect(try client.run(["find": "c", "apiVersion": "2"]).code == 322)
        #expect(try client.run(["find": "c", "apiStrict": true]).code == 4_886_600)
    }

    // MARK: natural order

    @Test func `the natural order has two directions, and is no part of another order`() throws {
        #expect(try ids(["find": "c", "sort": ["$natural": -1]]) == [2, 1, 0])
        #expect(try ids(["find": "c", "sort": ["$natural": 1], "hint": ["$natural": 1]]) == [0, 1, 2])
        #expect(try ids(["find": "c", "hint": [:]]) == [0, 1, 2])
        let last = try client.run(["findAndModify": "c", "sort": ["$natural": -1], "remove": true])
        #expect(last.document("value")?["_id"] == 2)
        for sort in [["$natural": 2], ["$natural": 1, "a": 1], ["a": 1, "$natural": 1]] as [BSONValue] {
            #expect(try client.run(["find": "c", "sort": sort]).code == 2)
        }
        #expect(try client.run(["find": "c", "sort": ["$natural": 1], "hint": "_id_"]).code == 2)
        #expect(try client.run(["find": "c", "hint": 5]).code == 9)
    }

    // MARK: values along a path

    @Test func `distinct tells elements of arrays, also those that are arrays, and takes a number for a place`() throws
    {
        _ = try client.insert([["_id": 9, "d": [[1, 2], 3, 3], "e": [["0": "name"], "second"]]])
        #expect(try client.run(["distinct": "c", "key": "d"])["values"] == [3, [1, 2]])
        #expect(try client.run(["distinct": "c", "key": "d.0"])["values"] == [1, 2])
        #expect(try client.run(["distinct": "c", "key": "e.0"])["values"] == [["0": "name"]])
    }

    @Test func `a transaction finds by its key what it moved there, and nothing under a key that it freed`() throws {
        let index: BSONDocument = ["key": ["k": 1], "name": "k", "unique": true]
        #expect(try client.run(["createIndexes": "c", "indexes": [.document(index)]]).code == 11000)
        let sparse = index + ["sparse": true]
        #expect(try client.run(["createIndexes": "c", "indexes": [.document(sparse)]]).isOK)
        let session: BSONDocument = ["lsid": ["id": .randomUUID], "txnNumber": 1, "autocommit": false]
        func run(_ command: BSONDocument, starts: Bool = false) throws -> BSONDocument {
            var fields = session
            fields["txnNumber"] = .int64(1)
            return try client.run(command + fields + (starts ? ["startTransaction": true] : [:]))
        }
        func set(_ id: BSONValue, _ change: BSONValue, starts: Bool = false) throws -> BSONDocument {
            try run(["update": "c", "updates": [["q": ["_id": id], "u": change]]], starts: starts)
        }
        #expect(try set(0, ["$set": ["k": "x"]], starts: true).int("n") == 1)
        #expect(try set(0, ["$unset": ["k": 1]]).int("n") == 1)
        #expect(try set(1, ["$set": ["k": "x"]]).int("n") == 1)
        let found = try run(["find": "c", "filter": ["k": "x"]]).document("cursor")?.array("firstBatch")
        #expect(found?.compactMap { $0.documentValue?["_id"] } == [1])
        #expect(try run(["delete": "c", "deletes": [["q": ["_id": 1], "limit": 1]]]).int("n") == 1)
        let gone = try run(["find": "c", "filter": ["_id": 1]]).document("cursor")?.array("firstBatch")
        #expect(gone == [])
    }

    // MARK: errors

    @Test(
        arguments: [
            (["x": ["$nonsense": 1]], 168), (["x": [:]], 40180), (["x": ["y": 1, "$add": [1]]], 40181),
            (["x": ["$add": [1], "y": 1]], 40181), (["x": ["y.z": 1]], 40183), (["x": 1, "x.y": 2], 40176),
            (["x.y": 1, "x": 2], 40176),
        ] as [(BSONValue, Int32)])
    func `fields to add are checked in their own way`(fields: BSONValue, code: Int32) throws {
        let command: BSONDocument = ["aggregate": "c", "pipeline": [["$addFields": fields]], "cursor": [:]]
        #expect(try client.run(command).code == code)
    }

    @Test(
        arguments: [
            (["u": 1], 9), (["u": [1]], 14), (["u": ["$set": ["a.$[x]": 1]], "arrayFilters": [1]], 14),
        ] as [(BSONDocument, Int32)])
    func `what is no update is an error of the whole command`(update: BSONDocument, code: Int32) throws {
        let statement: BSONDocument = ["q": [:]] + update
        let good: BSONValue = ["q": ["_id": 0], "u": ["$set": ["b": 1]]]
        let reply = try client.run(["update": "c", "updates": [good, .document(statement)]])
        #expect(reply.code == code)
        #expect(try client.find(["_id": 0]) == [["_id": 0, "a": [0]]])
    }

    @Test func `a field is not renamed to what is inside of it or around it`() throws {
        for rename in [["o": "o.p"], ["o.p": "o"], ["o": "o"]] as [BSONValue] {
            let update: BSONValue = ["q": [:], "u": ["$rename": rename]]
            #expect(try client.run(["update": "c", "updates": [update]]).firstWriteError?.code == 2)
        }
    }

    @Test func `what is removed is all there is to a removal`() throws {
        let some: BSONDocument = ["delete": "c", "deletes": [["q": [:], "limit": 1.5]]]
        #expect(try client.run(some).code == 9)
        #expect(try client.run(["findAndModify": "c", "remove": true, "arrayFilters": []]).code == 9)
    }

    // MARK: indexes and collections

    @Test func `an index that comes twice in one command is made once, and two of one key are a conflict`() throws {
        let first: BSONValue = ["key": ["a": 1], "name": "first"]
        let second: BSONValue = ["key": ["a": 1], "name": "second"]
        #expect(try client.run(["createIndexes": "c", "indexes": [first, second]]).code == 85)
        #expect(try client.run(["createIndexes": "c", "indexes": [first, first]]).int("numIndexesAfter") == 2)
        #expect(try client.run(["dropIndexes": "c", "index": "first"]).isOK)
        #expect(try client.run(["createIndexes": "c", "indexes": [second]]).int("numIndexesAfter") == 2)
    }

    @Test(arguments: [(["v": 1], 67), (["unique": "yes"], 14), (["dropDups": true], nil)] as [(BSONDocument, Int32?)])
    func `options of an index are checked`(option: BSONDocument, code: Int32?) throws {
        let index: BSONDocument = ["key": ["b": 1], "name": "b_1"] + option
        #expect(try client.run(["createIndexes": "c", "indexes": [.document(index)]]).code == code)
    }

    @Test func `a collection is created once, has no text to validate by, and changes one index at a time`() throws {
        #expect(try client.run(["create": "d", "validator": ["$text": ["$search": "x"]]]).code == 2)
        #expect(try client.run(["create": "d"]).isOK)
        let again: BSONDocument = [
            "create": "d", "lsid": ["id": .randomUUID], "txnNumber": .int64(1), "startTransaction": true,
            "autocommit": false,
        ]
        #expect(try client.run(again).code == 48)
        for index in [[:], ["name": "_id_"], ["name": "_id_", "keyPattern": ["_id": 1]]] as [BSONValue] {
            #expect(try client.run(["collMod": "c", "index": index]).code == 72)
        }
        let reference: BSONValue = ["_id": ["$ref": "c", "$id": 1]]
        #expect(try client.insert([["_id": ["$ref": "c", "$id": 1]]], into: "d").isOK)
        #expect(try client.run(["find": "d", "filter": reference]).document("cursor")?.array("firstBatch")?.count == 1)
    }

    @Test func `a fail point ends whatever has a limit of time`() throws {
        let fail: BSONDocument = ["configureFailPoint": "maxTimeAlwaysTimeOut", "mode": ["times": 1]]
        #expect(try client.run(fail, on: "admin").isOK)
        #expect(try client.run(["find": "c"]).isOK)
        #expect(try client.run(["find": "c", "maxTimeMS": 60_000]).code == 50)
        #expect(try client.run(["find": "c", "maxTimeMS": 60_000]).isOK)
    }
}
