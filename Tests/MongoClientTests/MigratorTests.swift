import BSON
import MongoClient
import TestSupport
import Testing

struct MigratorTests {
    static let people = CollectionDeclaration(
        name: "people",
        schema: ["bsonType": "object", "required": ["name"], "properties": ["name": ["bsonType": "string"]]],
        indexes: [
            IndexDeclaration(["team": 1, "name": 1], unique: true),
            IndexDeclaration(["seenAt": 1], expireAfter: .seconds(60)),
            IndexDeclaration(["outbox.id": 1], sparse: true),
        ], shardKey: ["team"])

    @Test func `an empty database becomes as declared, and the second time nothing is left to do`() async throws {
        try await withDatabase { client in
            let migrator = Migrator(client.database)
            let planned = try await migrator.check([Self.people])
            #expect(planned.first == .createCollection("people") && planned.count == 4)
            #expect(try await migrator.migrate([Self.people]) == planned)
            #expect(try await migrator.check([Self.people]) == [])
            let error = await #expect(throws: MongoError.self) {
                try await client.collection("people").insert(["name": 5])
            }
            guard case .validation = error else { throw try #require(error) }
            try await client.collection("people").insert(["name": "Ada", "team": "x"])
        }
    }

    @Test func `a changed validator and expiry are changed in place, strangers are kept`() async throws {
        try await withDatabase { client in
            let migrator = Migrator(client.database)
            try await migrator.migrate([Self.people])
            _ = try await client.database.run([
                "createIndexes": "people", "indexes": [["key": ["extra": 1], "name": "extra_1"]],
            ])
            let later = CollectionDeclaration(
                name: "people", schema: ["bsonType": "object"],
                indexes: [
                    IndexDeclaration(["team": 1, "name": 1], unique: true),
                    IndexDeclaration(["seenAt": 1], expireAfter: .seconds(120)),
                    IndexDeclaration(["outbox.id": 1], sparse: true),
                ], shardKey: ["team"])
            let changes = try await migrator.migrate([later])
            #expect(
                changes == [
                    .setValidator(collection: "people"),
                    .setExpiry(collection: "people", index: "seenAt_1", seconds: 120),
                    .undeclaredIndex(collection: "people", name: "extra_1"),
                ])
            #expect(try await migrator.check([later]) == [.undeclaredIndex(collection: "people", name: "extra_1")])
        }
    }

    @Test func `processes that migrate at once do not disturb each other`() async throws {
        try await withDatabase { client in
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<4 {
                    group.addTask { _ = try await Migrator(client.database).migrate([Self.people]) }
                }
                try await group.waitForAll()
            }
            #expect(try await Migrator(client.database).check([Self.people]) == [])
        }
    }

    @Test func `an index with other options under the same name stops the migration`() async throws {
        try await withDatabase { client in
            _ = try await client.database.run([
                "createIndexes": "people", "indexes": [["key": ["team": 1, "name": 1], "name": "team_1_name_1"]],
            ])
            let migrator = Migrator(client.database)
            let planned = try await migrator.check([Self.people])
            #expect(planned.contains(.conflictingIndex(collection: "people", name: "team_1_name_1")))
            await #expect(throws: MongoError.self) { try await migrator.migrate([Self.people]) }
        }
    }

    @Test func `a unique index that a shard key could not carry is refused before anything is done`() async throws {
        let faulty = CollectionDeclaration(
            name: "users", schema: [:], indexes: [IndexDeclaration(["email": 1], unique: true)], shardKey: ["_id"])
        #expect(Migrator.faults(in: [faulty]) == ["users: unique index email_1 does not start with the shard key _id"])
        #expect(Migrator.faults(in: [Self.people, Self.people]) == ["people is declared twice"])
    }
}
