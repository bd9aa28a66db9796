import BSON
import Dispatch
import MongoClient
import Runtime
import TestSupport
import Testing

struct MongoClientTests {
    @Test func `a server that is not there is unavailable, within the time given`() async throws {
        let client = try MongoClient(
            MongoConfiguration(url: "mongodb://127.0.0.1:1/test", selectionTime: .milliseconds(200)))
        // On a loop of its own: a test's own task may wait long for its turn beside tests that keep every thread busy.
        let loops = try EventLoopGroup(count: 1)
        let (error, took) = try await loops.loops[0].run {
            let started = ContinuousClock.now
            let error = await #expect(throws: MongoError.self) { try await client.ping() }
            return (error, ContinuousClock.now - started)
        }
        guard case .unavailable = error else { throw try #require(error) }
        #expect(error?.isTemporary == true)
        #expect(took < .seconds(3))
    }

    @Test(arguments: ["http://127.0.0.1/x", "mongodb://127.0.0.1:27017", "mongodb://", ""])
    func `a URL that is wrong or names no database is refused at once`(url: String) {
        let error = #expect(throws: MongoError.self) { try MongoClient(url: url) }
        guard case .configuration = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test func `a full pool refuses`() async throws {
        let pool = BlockingPool(name: "mongo-test", threads: 1, queueLimit: 0)
        let client = try MongoClient(
            MongoConfiguration(url: "mongodb://127.0.0.1:1/test", selectionTime: .milliseconds(300)), pool: pool)
        let (held, release) = (DispatchSemaphore(value: 0), DispatchSemaphore(value: 0))
        let first = Task {
            try await pool.run {
                held.signal()
                release.wait()
            }
        }
        try await eventually("the pool to be busy") { pool.usage.busy == 1 }
        let error = await #expect(throws: MongoError.self) { try await client.ping() }
        #expect(error == .unavailable("pool mongo-test is full"))
        release.signal()
        try await first.value
        try await eventually("the pool to be free") { pool.usage.busy == 0 }
        let later = await #expect(throws: MongoError.self) { try await client.ping() }
        guard case .unavailable(let reason) = later else { throw try #require(later) }
        #expect(!reason.contains("full"))
    }
}
