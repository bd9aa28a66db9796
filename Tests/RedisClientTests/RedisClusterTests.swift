import Testing
import TestSupport

@testable import RedisClient

@Suite(.serialized) struct RedisClusterTests {
    @Test func `keys are found wherever they are, and slots are followed when they move`() async throws {
        let cluster = try await TestRedisCluster.start()
        let client = try cluster.client()
        for number in 0..<100 { try await client.set(RedisKey("key", "\(number)"), RedisArgument(number)) }
        let values = try await client.mget((0..<100).map { RedisKey("key", "\($0)") })
        #expect(values.compactMap { $0.flatMap { Int(String(decoding: $0, as: UTF8.self)) } } == Array(0..<100))
        let sizes = try await client.sendEverywhere(["DBSIZE"]).compactMap(\.integer)
        #expect(sizes.count == 3 && sizes.reduce(0, +) == 100 && !sizes.contains(0))

        let script = RedisScript("return redis.call('INCR', KEYS[1])")
        for tag in 0..<16 { _ = try await client.run(script, keys: [RedisKey("{u\(tag)}", "n")]) }
        #expect(try await client.run(script, keys: [RedisKey("{u3}", "n")]).integer == 2)
        await client.close()
    }

    @Test func `a slot in migration is asked for at its new home`() async throws {
        let cluster = try await TestRedisCluster.start()
        let client = try cluster.client()
        let key = RedisKey("foo")  // slot 12182, the third node's
        try await client.set(key, "old")
        let (source, target) = (try cluster.nodes[2].client(), try cluster.nodes[0].client())
        let sourceID = try await source.send(["CLUSTER", "MYID"]).requireText()
        let targetID = try await target.send(["CLUSTER", "MYID"]).requireText()
        try await target.send(["CLUSTER", "SETSLOT", 12182, "IMPORTING", .text(sourceID)])
        try await source.send(["CLUSTER", "SETSLOT", 12182, "MIGRATING", .text(targetID)])
        #expect(try await client.getText(key) == "old")
        try await source.send(
            ["MIGRATE", "127.0.0.1", RedisArgument(cluster.nodes[0].port), "foo", 0, 5000])
        #expect(try await client.getText(key) == "old")  // by ASK
        for node in [target, source] { try await node.send(["CLUSTER", "SETSLOT", 12182, "NODE", .text(targetID)]) }
        #expect(try await client.getText(key) == "old")  // by MOVED
        try await client.set(key, "new")
        #expect(try await target.getText(key) == "new")
        for each in [client, source, target] { await each.close() }
    }

    @Test func `keys of one tag form one group`() async throws {
        let cluster = try await TestRedisCluster.start()
        let client = try cluster.client()
        let keys = ["{u00}:a", "{u00}:b", "{u01}:a"].map { RedisKey($0) }
        #expect(client.groups(of: keys).map(\.count).sorted() == [1, 2])
        #expect(try await TestRedis.shared().client().groups(of: keys).count == 1)
        await client.close()
    }
}
