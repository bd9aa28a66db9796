import BSON
import MongoClient
import TestSupport
import Testing

/// Against a server that fails on purpose.
@Suite(.serialized) struct RetryTests {
    private func withFailingServer(_ body: (MongoClient, (BSONDocument) async throws -> Void) async throws -> Void)
        async throws
    {
        let docstore = try await TestDocstore.start(options: ["--test-commands"])
        let client = try MongoClient(
            MongoConfiguration(url: docstore.url(database: "retries"), threads: 4, selectionTime: .seconds(2)))
        try await body(client) { data in
            _ = try await client.database(named: "admin").run([
                "configureFailPoint": "failCommand", "mode": ["times": 1], "data": .document(data),
            ])
        }
    }

    @Test func `a write whose connection breaks is sent again and counts once`() async throws {
        try await withFailingServer { client, fail in
            let things = client.collection("things")
            try await things.insert(["_id": "n", "n": 0])
            try await fail(["failCommands": ["update"], "closeConnection": true])
            try await things.update(["_id": "n"], ["$inc": ["n": 1]])
            try await fail(["failCommands": ["insert"], "closeConnection": true])
            try await things.insert(["_id": "m"])
            try await fail([
                "failCommands": ["findAndModify"], "errorCode": 10107, "errorLabels": ["RetryableWriteError"],
            ])
            let after = try await things.findAndModify(["_id": "n"], update: ["$inc": ["n": 1]])
            #expect(after?.int("n") == 2)
            #expect(try await things.count() == 2)
        }
    }

    @Test func `a read whose connection breaks is sent again`() async throws {
        try await withFailingServer { client, fail in
            let things = client.collection("things")
            try await things.insert(["_id": 1])
            try await fail(["failCommands": ["find"], "closeConnection": true])
            #expect(try await things.findByID(1) == ["_id": 1])
            try await fail(["failCommands": ["aggregate"], "closeConnection": true])
            #expect(try await things.count() == 1)
        }
    }

    @Test func `a commit whose answer is lost is committed again, and the work happens once`() async throws {
        try await withFailingServer { client, fail in
            let things = client.collection("things")
            try await things.insert(["_id": "n", "n": 0])
            for failure in [
                ["failCommands": ["commitTransaction"], "closeConnection": true],
                [
                    "failCommands": ["commitTransaction"], "errorCode": 50,
                    "errorLabels": ["UnknownTransactionCommitResult"],
                ],
                ["failCommands": ["update"], "errorCode": 112, "errorLabels": ["TransientTransactionError"]],
            ] as [BSONDocument] {
                try await fail(failure)
                _ = try await client.withTransaction { session in
                    try await things.update(["_id": "n"], ["$inc": ["n": 1]], in: session)
                }
            }
            #expect(try await things.findByID("n")?.int("n") == 3)
        }
    }

    @Test func `a read over its time limit is a timeout`() async throws {
        try await withFailingServer { client, fail in
            let things = client.collection("things")
            try await things.insert(["_id": 1])
            try await fail(["failCommands": ["find"], "errorCode": 50])
            let error = await #expect(throws: MongoError.self) { try await things.findByID(1) }
            guard case .timeout = error else { throw try #require(error) }
        }
    }
}
