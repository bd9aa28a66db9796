import BSON
import Testing

@testable import DocstoreEngine

/// What docstore lacks is refused by name.
@Suite struct HonestyTests {
    @Test func `an unknown command, option, operator or stage gets MongoDB's answer and is named`() throws {
        let server = try TestServer()
        let client = try server.client()
        _ = try client.insert([["_id": 1, "a": 1]])
        let cases: [(BSONDocument, Int32, String)] = [
            (["mapReduce": "c"], 59, "mapReduce"),
            (["explain": ["delete": "c", "deletes": [["q": [:], "limit": 0]]]], 59, "delete"),
            (["find": "c", "nonsense": 1], 40415, "nonsense"),
            (["find": "c", "collation": ["locale": "sv"]], 40415, "collation"),
            (["find": "c", "tailable": true], 40415, "tailable"),
            (["find": "c", "filter": ["a": ["$near": [1, 1]]]], 2, "$near"),
            (["aggregate": "c", "pipeline": [["$nonsense": 1]], "cursor": [:]], 40324, "$nonsense"),
            (["aggregate": "c", "pipeline": [["$facet": [:]]], "cursor": [:]], 40324, "$facet"),
            (
                ["aggregate": "c", "pipeline": [["$project": ["x": ["$nonsense": 1]]]], "cursor": [:]], 31325,
                "$nonsense"
            ),
            (["create": "d", "capped": true, "size": 1000], 40415, "capped"),
            (["count": "c", "nonsense": 1], 40415, "nonsense"),
        ]
        for (command, code, name) in cases {
            let reply = try client.run(command)
            #expect(reply.code == code, "\(command): \(reply)")
            #expect(reply.string("errmsg")?.contains(name) == true, "\(reply)")
        }
        let update = try client.update(["_id": 1], ["$nonsense": ["a": 1]])
        #expect(update.firstWriteError?.code == 9)
        #expect(update.firstWriteError?.string("errmsg")?.contains("$nonsense") == true)
    }

    @Test func `an argument of a wrong type, one that is missing and one of a statement get MongoDB's codes`() throws {
        let server = try TestServer()
        let client = try server.client()
        let cases: [(BSONDocument, Int32)] = [
            (["find": "c", "filter": 1], 14), (["find": "c", "singleBatch": "yes"], 14),
            (["find": "c", "skip": -1], 2), (["find": "c", "skip": "1"], 14), (["insert": "c"], 40414),
            (["update": "c", "updates": [["q": [:]]]], 40414),
            (["update": "c", "updates": [["q": [:], "u": [:], "nonsense": 1]]], 40415),
            (["delete": "c", "deletes": [["q": 1, "limit": 1]]], 14),
            (["aggregate": "c", "pipeline": [], "cursor": ["nonsense": 1]], 40415),
            (["aggregate": "c", "pipeline": [1], "cursor": [:]], 14), (["getMore": 1, "collection": "c"], 14),
        ]
        for (command, code) in cases { #expect(try client.run(command).code == code, "\(command)") }
        #expect(try client.run(["find": "c", "filter": .null, "collation": ["locale": "simple"]]).isOK)
    }

    @Test func `fail points exist only when asked for`() throws {
        let server = try TestServer { $0.allowsTestCommands = false }
        let client = try server.client()
        #expect(try client.run(["configureFailPoint": "failCommand", "mode": "off"], on: "admin").code == 59)
    }

    @Test func `a fail point fails so many commands, with labels`() throws {
        let server = try TestServer()
        let client = try server.client()
        let data: BSONDocument = ["failCommands": ["insert"], "errorCode": 91, "errorLabels": ["RetryableWriteError"]]
        try client.run(
            ["configureFailPoint": "failCommand", "mode": ["times": 1], "data": .document(data)], on: "admin")
        let failed = try client.insert([["_id": 1]])
        #expect(failed.code == 91)
        #expect(failed.strings("errorLabels") == ["RetryableWriteError"])
        #expect(try client.insert([["_id": 1]]).isOK)
        try client.run(
            [
                "configureFailPoint": "failCommand", "mode": ["times": 1],
                "data": ["failCommands": ["find"], "closeConnection": true],
            ], on: "admin")
        #expect(throws: TestClientError.self) { try client.find() }
    }

    @Test func `the help says what it is not for`() {
        #expect(DocstoreProgram.help.contains("Not for: production"))
    }

    @Test func `arguments that make no sense are named`() {
        for bad in [["--port", "x", "--data-dir", "/tmp"], ["--nonsense"], ["--port", "1"], ["--data-dir"]] {
            #expect(throws: (any Error).self) { try DocstoreProgram.options(bad) }
        }
    }
}
