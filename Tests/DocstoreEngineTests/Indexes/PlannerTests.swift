import BSON
import Testing

@testable import DocstoreEngine

/// Which index a query takes, as `explain` tells.
@Suite struct PlannerTests {
    private func stage(_ client: TestClient, _ find: BSONDocument) throws -> BSONDocument {
        var command: BSONDocument = ["find": "c"]
        command.elements += find.elements
        let reply = try client.run(["explain": .document(command), "verbosity": "executionStats"])
        var plan = reply.document("queryPlanner")?.document("winningPlan") ?? [:]
        var stages: [BSONValue] = [plan["stage"] ?? .null]
        while let inner = plan.document("inputStage") {
            plan = inner
            stages.append(plan["stage"] ?? .null)
        }
        return [
            "stages": .array(stages), "index": plan["indexName"] ?? .null, "direction": plan["direction"] ?? .null,
            "examined": reply.document("executionStats")?["totalDocsExamined"] ?? .null,
        ]
    }

    private func prepared(_ client: TestClient) throws {
        let indexes: [BSONValue] = [
            ["key": ["a": 1], "name": "a"], ["key": ["st": 1, "sc": -1, "n": 1], "name": "feed"],
            ["key": ["tags": 1], "name": "tags"],
            ["key": ["p": 1], "name": "part", "partialFilterExpression": ["on": true]],
            ["key": ["s": 1], "name": "sparse", "sparse": true],
            ["key": ["name": 1, "n": 1], "name": "named"],
        ]
        try client.run(["createIndexes": "c", "indexes": .array(indexes)])
        _ = try client.insert(
            (0..<200).map { i in
                [
                    "_id": .int32(i), "a": .int32(i % 50), "st": .string(i % 2 == 0 ? "x" : "y"), "sc": .int32(i % 7),
                    "n": .int32(i), "tags": [.int32(i % 3), .int32(i % 5)], "p": .int32(i), "on": .bool(i % 2 == 0),
                    "name": .string("n\(i)"),
                ]
            })
    }

    @Test func `an index on a place in an array holds each element of an array below it`() throws {
        let server = try TestServer()
        let client = try server.client()
        try client.run(["createIndexes": "c", "indexes": [["key": ["a.0.b": 1], "name": "place"]]])
        _ = try client.insert([
            ["_id": 1, "a": [["b": [1, 2]]]], ["_id": 2, "a": [["b": 2]]], ["_id": 3, "a": [["b": 1]]],
        ])
        let plan = try stage(client, ["filter": ["a.0.b": 2]])
        #expect(plan["index"] == "place")
        #expect(plan.int("examined") == 2)
    }

    @Test func `equality, ranges, lists, sorts and prefixes use an index`() throws {
        let server = try TestServer()
        let client = try server.client()
        try prepared(client)
        let cases: [(BSONDocument, BSONValue, Int)] = [
            (["filter": ["a": 7]], "a", 4), (["filter": ["a": ["$gte": 48]]], "a", 8),
            (["filter": ["a": ["$in": [1, 2, 3]]]], "a", 12), (["filter": ["tags": 2]], "tags", 92),
            (["filter": ["st": "x", "sc": 3]], "feed", 14),
            (["filter": ["st": "x"], "sort": ["sc": -1, "n": 1], "limit": 5], "feed", 5),
            (["filter": ["p": 4, "on": true]], "part", 1), (["filter": ["p": 4]], .null, 200),
            (["filter": ["s": ["$exists": true]]], .null, 200), (["filter": ["n": 4]], .null, 200),
            (["filter": ["name": "n4"]], "named", 1),
            (["sort": ["a": 1], "limit": 3], "a", 3),
        ]
        for (find, index, examined) in cases {
            let plan = try stage(client, find)
            #expect(plan["index"] == index, "\(find): \(plan)")
            #expect(plan.int("examined") == examined, "\(find): \(plan)")
        }
        let byID = try stage(client, ["filter": ["_id": 5]])
        #expect(byID.array("stages") == ["IDHACK"])
        let backwards = try stage(client, ["filter": ["st": "y"], "sort": ["sc": 1, "n": -1]])
        #expect(backwards["direction"] == "backward")
        let either = try stage(client, ["filter": ["$or": [["a": 1], ["st": "x", "sc": 1]]]])
        #expect(either.array("stages") == ["FETCH", "OR"])
    }

    @Test func `a list of any length uses an index, lists on several fields only while they do not multiply`() throws {
        let server = try TestServer()
        let client = try server.client()
        try prepared(client)
        let many: BSONValue = ["$in": .array((20..<5020).map { .int32($0) })]
        let some: BSONValue = ["$in": .array((0..<40).map { .string("n\($0)") })]
        let cases: [(BSONDocument, BSONValue, Int)] = [
            (["filter": ["a": many]], "a", 120), (["filter": ["_id": many]], "_id_", 180),
            (["filter": ["name": "n30", "n": many]], "named", 1), (["filter": ["name": some, "n": many]], "named", 40),
        ]
        for (find, index, examined) in cases {
            let plan = try stage(client, find)
            #expect(plan["index"] == index && plan.int("examined") == examined, "\(plan)")
        }
        #expect(try client.find(["a": many], sort: ["_id": 1]).count == 120)
    }

    @Test func `an answer does not depend on an index`() throws {
        let server = try TestServer()
        let client = try server.client()
        try prepared(client)
        let filters: [BSONDocument] = [
            ["a": ["$gt": 3, "$lt": 9]], ["tags": ["$gt": 0, "$lt": 2]], ["st": "x", "sc": ["$lte": 2]],
            ["a": ["$in": [1, 60, 4]]], ["$or": [["a": 1], ["tags": 4]]], ["st": ["$gt": "x"]], ["a": .null],
            ["name": ["$regex": "^n1", "$lt": "z"], "n": 12], ["name": ["$regex": "^n1"], "n": ["$gt": 110]],
        ]
        for filter in filters {
            let indexed = try client.find(filter, sort: ["_id": 1])
            let reply = try client.run([
                "find": "c", "filter": .document(filter), "sort": ["_id": 1], "hint": ["$natural": 1],
                "batchSize": 1000,
            ])
            let scanned = reply.document("cursor")?.array("firstBatch")?.compactMap(\.documentValue) ?? []
            #expect(indexed == scanned, "\(filter)")
        }
    }

    @Test func `expired documents are removed`() throws {
        let server = try TestServer()
        let client = try server.client()
        try client.run([
            "createIndexes": "c", "indexes": [["key": ["at": 1], "name": "ttl", "expireAfterSeconds": 60]],
        ])
        let now = Clock.wall
        _ = try client.insert([
            ["_id": 1, "at": .date(now - 61_000)], ["_id": 2, "at": .date(now)], ["_id": 3, "at": "no date"],
            ["_id": 4],
            ["_id": 5, "at": [.date(now + 1_000_000), .date(now - 100_000)]],
        ])
        try Housekeeping(server: server.server).removeExpired()
        #expect(try client.find(sort: ["_id": 1]).map { $0["_id"] } == [2, 3, 4])
    }

    @Test func `of a partial index only expired documents that it holds are removed`() throws {
        let server = try TestServer()
        let client = try server.client()
        let index: BSONDocument = [
            "key": ["at": 1], "name": "ttl", "expireAfterSeconds": 60, "partialFilterExpression": ["done": true],
        ]
        try client.run(["createIndexes": "c", "indexes": [.document(index)]])
        let past = BSONValue.date(Clock.wall - 61_000)
        _ = try client.insert([["_id": 1, "at": past, "done": true], ["_id": 2, "at": past]])
        try Housekeeping(server: server.server).removeExpired()
        #expect(try client.find() == [["_id": 2, "at": past]])
    }

    @Test(arguments: [
        ("running", "run"), ("foxes", "fox"), ("runs", "run"), ("generously", "generous"), ("happiness", "happi"),
        ("relational", "relat"), ("hopping", "hop"), ("hoping", "hope"), ("skies", "sky"), ("consistency", "consist"),
        ("knightly", "knight"), ("cried", "cri"), ("ties", "tie"), ("national", "nation"), ("controlling", "control"),
    ])
    func `words are stemmed as Snowball does`(word: String, stem: String) {
        let index = TextIndexOptions(specification: ["key": ["_fts": "text"]])
        #expect(index?.stems(of: word) == [stem])
    }
}
