import BSON
import MongoClient
import TestSupport
import Testing

/// With a server of its own, which is ended as a crash does.
struct OutageTests {
    @Test func `what was acknowledged survives a crash, and the client finds the server again`() async throws {
        let docstore = try await TestDocstore.start()
        let client = try MongoClient(
            MongoConfiguration(
                url: docstore.url(database: "outage"), threads: 4, selectionTime: .milliseconds(500)))
        let things = client.collection("things")
        var acknowledged: Set<Int32> = []
        for round in 0..<3 {
            // While inserts go on, however fast they are.
            let cut = Int32.random(in: 5...200)
            var killing: Task<Void, any Error>?
            for number in 0..<Int32(5_000) {
                if number == cut { killing = Task { try await docstore.kill() } }
                let id = Int32(round) * 5_000 + number
                do throws(MongoError) {
                    try await things.insert(["_id": .int32(id)])
                    acknowledged.insert(id)
                } catch {
                    #expect(error.isTemporary, "\(error)")
                    break
                }
            }
            try await killing?.value
            try await docstore.restart()
            try await eventually("the server") {
                do { try await client.ping() } catch { return false }
                return true
            }
        }
        let stored = Set(try await things.find([:]).compactMap { $0.int32("_id") })
        #expect(acknowledged.count >= 15 && acknowledged.isSubset(of: stored))
        // An insert whose answer was lost may be there; no other may.
        #expect(stored.count - acknowledged.count <= 3)
    }

    @Test func `a transaction cut off by a crash leaves nothing behind`() async throws {
        let docstore = try await TestDocstore.start()
        let client = try MongoClient(
            MongoConfiguration(
                url: docstore.url(database: "outage"), threads: 4, selectionTime: .milliseconds(500)))
        let things = client.collection("things")
        try await things.insert(["_id": 0])
        await #expect(throws: MongoError.self) {
            try await client.withTransaction { session in
                try await things.insert(["_id": 1], in: session)
                try await docstore.kill()
                try await things.insert(["_id": 2], in: session)
            }
        }
        try await docstore.restart()
        try await eventually("the server") {
            do { return try await things.count() == 1 } catch { return false }
        }
    }
}
