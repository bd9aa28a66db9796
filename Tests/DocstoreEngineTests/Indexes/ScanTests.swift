import BSON
import Testing

@testable import DocstoreEngine

/// What a walk over many documents costs.
@Suite struct ScanTests {
    /// What 20,000 documents cost in walks of so many.
    private func cost(of count: Int, _ find: BSONDocument, _ client: TestClient) throws -> Duration {
        var command = find
        command.append("limit", .int32(Int32(count)))
        command.append("batchSize", .int32(Int32(count)))
        return try ContinuousClock().measure {
            for _ in 0..<20_000 / count {
                let reply = try client.run(command)
                #expect(reply.document("cursor")?.array("firstBatch")?.count == count)
            }
        }
    }

    @Test func `a document costs the same in a long walk as in a short one`() throws {
        let server = try TestServer()
        let client = try server.client()
        #expect(try client.run(["createIndexes": "c", "indexes": [["key": ["n": 1], "name": "n"]]]).isOK)
        for first in stride(from: Int32(0), to: 20_000, by: 2000) {
            let documents = (first..<first + 2000).map { ["_id": .int32($0), "n": .int32($0)] as BSONDocument }
            #expect(try client.insert(documents).int("n") == 2000)
        }
        for find in [["find": "c"], ["find": "c", "sort": ["n": 1]]] as [BSONDocument] {
            // Others use the machine too, and may hold up either; not the same one each time.
            let isSame = try (0..<5).contains { _ in
                try cost(of: 20_000, find, client) < cost(of: 1000, find, client) * 4
            }
            #expect(isSame, "\(find)")
        }
    }
}
