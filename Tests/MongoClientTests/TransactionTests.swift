import BSON
import MongoClient
import TestSupport
import Testing

struct TransactionTests {
    @Test func `all writes of a transaction appear or none`() async throws {
        struct Stop: Error {}
        try await withDatabase { client in
            let (a, b) = (client.collection("a"), client.collection("b"))
            try await a.insert(["_id": 0])
            try await b.insert(["_id": 0])
            try await client.withTransaction { session in
                try await a.insert(["_id": 1], in: session)
                try await b.insert(["_id": 1], in: session)
                #expect(try await a.findByID(1, in: session) != nil)
                #expect(try await a.findByID(1) == nil)
            }
            #expect(try await a.count() == 2)
            await #expect(throws: Stop.self) {
                try await client.withTransaction { session in
                    try await a.insert(["_id": 2], in: session)
                    throw Stop()
                }
            }
            #expect(try await a.count() == 2)
            #expect(try await b.count() == 2)
        }
    }

    @Test func `transactions that collide run again until every one of them counts`() async throws {
        try await withDatabase(threads: 8) { client in
            let counters = client.collection("counters")
            try await counters.insert(["_id": "x", "n": 0])
            try await withThrowingTaskGroup(of: Void.self) { group in
                for _ in 0..<4 {
                    group.addTask {
                        for _ in 0..<5 {
                            try await client.withTransaction { session in
                                let found = try await counters.findByID("x", in: session)
                                let next = (found?.int32("n") ?? 0) + 1
                                try await counters.update(["_id": "x"], ["$set": ["n": .int32(next)]], in: session)
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
            #expect(try await counters.findByID("x")?.int("n") == 20)
        }
    }

    @Test func `a duplicate key inside a transaction rolls it back and is told`() async throws {
        try await withDatabase { client in
            let things = client.collection("things")
            try await things.insert(["_id": 1])
            let error = await #expect(throws: MongoError.self) {
                try await client.withTransaction { session in
                    try await things.insert(["_id": 2], in: session)
                    try await things.insert(["_id": 1], in: session)
                }
            }
            #expect(error?.isDuplicateKey == true)
            #expect(try await things.count() == 1)
        }
    }
}
