import Domain
import RedisClient
import TestSupport
import Testing

@testable import ServiceKit

@Suite struct IdempotencyStoreLiveTests {
    private let key = RequestKey(person: .new(), route: "POST /v1/things", key: "k")
    private let answer = KeptAnswer(status: 201, contentType: "image/webp", body: [0, 13, 10, 255])

    private func store() async throws -> (RedisIdempotencyStore, RedisClient) {
        let client = try await TestRedis.shared().client()
        return (RedisIdempotencyStore(redis: client), client)
    }

    private func milliseconds(_ client: RedisClient) async throws -> Int64 {
        let record = RedisKey.idempotency(key.person, digest: key.digest)
        return try #require(try await client.send(["PTTL", .key(record)]).integer)
    }

    @Test func `the first has the key, and those after it learn what became of it`() async throws {
        let (store, client) = try await store()
        #expect(try await store.begin(key, body: "a", lease: "1") == .new)
        #expect((20_000...30_000).contains(try await milliseconds(client)), "a lease ends by itself, and soon")
        #expect(try await store.begin(key, body: "a", lease: "2") == .inFlight)
        #expect(try await store.begin(key, body: "b", lease: "2") == .reusedWithAnotherBody)
        try await store.keep(answer, for: key, lease: "1")
        #expect((86_000_000...86_400_000).contains(try await milliseconds(client)), "an answer is kept for a day")
        #expect(try await store.begin(key, body: "a", lease: "3") == .done(answer))
        #expect(try await store.begin(key, body: "b", lease: "3") == .reusedWithAnotherBody)
        await client.close()
    }

    @Test func `whoever lets go leaves the key to the next`() async throws {
        let (store, client) = try await store()
        #expect(try await store.begin(key, body: "a", lease: "1") == .new)
        try await store.release(key, lease: "1")
        #expect(try await store.begin(key, body: "b", lease: "2") == .new)
        let empty = KeptAnswer(status: 204, contentType: "", body: [])
        try await store.keep(empty, for: key, lease: "2")
        #expect(try await store.begin(key, body: "b", lease: "3") == .done(empty))
        await client.close()
    }

    @Test func `whoever lost the lease changes nothing any more`() async throws {
        let (store, client) = try await store()
        #expect(try await store.begin(key, body: "a", lease: "slow") == .new)
        // The lease ended, and the next try has it.
        try await client.send(["DEL", .key(.idempotency(key.person, digest: key.digest))])
        #expect(try await store.begin(key, body: "a", lease: "quick") == .new)
        try await store.release(key, lease: "slow")
        try await store.keep(KeptAnswer(status: 200, contentType: "", body: []), for: key, lease: "slow")
        #expect(try await store.begin(key, body: "a", lease: "third") == .inFlight)
        try await store.keep(answer, for: key, lease: "quick")
        try await store.release(key, lease: "slow")
        #expect(try await store.begin(key, body: "a", lease: "third") == .done(answer))
        await client.close()
    }
}
