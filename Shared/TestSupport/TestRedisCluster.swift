package import RedisClient
package import Runtime

/// A Redis Cluster of three masters on loopback.
package final class TestRedisCluster: Sendable {
    package let nodes: [TestRedis]

    package static func start() async throws -> TestRedisCluster {
        var nodes: [TestRedis] = []
        for _ in 0..<3 {
            nodes.append(try await TestRedis.start(options: ["--cluster-enabled", "yes"]))
        }
        let cluster = TestRedisCluster(nodes: nodes)
        try await cluster.join()
        return cluster
    }

    private init(nodes: [TestRedis]) { self.nodes = nodes }

    package var url: RedisURL {
        get throws {
            try RedisURL("redis+cluster://" + nodes.map { "127.0.0.1:\($0.port)" }.joined(separator: ","))
        }
    }

    package func client(loops: EventLoopGroup? = nil) throws -> RedisClient {
        // Commands wait for connections to three servers, however long those take on a busy machine.
        var options = RedisOptions.forTests
        options.patience = options.deadline
        return RedisClient(url: try url, loops: try loops ?? TestLoops.shared(), options: options)
    }

    private func join() async throws {
        let clients = try nodes.map { try $0.client() }
        let ranges = [(0, 5460), (5461, 10922), (10923, 16383)]
        for (epoch, (client, range)) in zip(clients, ranges).enumerated() {
            // Without an epoch of its own each node bumps its once they have met, to have the last word: a slot that a
            // test moves meanwhile goes back. https://redis.io/docs/latest/commands/cluster-set-config-epoch/
            try await client.send(["CLUSTER", "SET-CONFIG-EPOCH", RedisArgument(epoch + 1)])
            try await client.send(["CLUSTER", "ADDSLOTSRANGE", RedisArgument(range.0), RedisArgument(range.1)])
        }
        // A node forgets a MEET whose handshake took longer than its node timeout, 15 s: then it is asked again.
        for attempt in 1...4 {
            for node in nodes.dropFirst() {
                try await clients[0].send(["CLUSTER", "MEET", "127.0.0.1", RedisArgument(node.port)])
            }
            do {
                for client in clients { try await knowsAll(client) }
                break
            } catch let error as NeverHappened {
                if attempt == 4 { throw error }
            }
        }
        for client in clients { await client.close() }
    }

    private func knowsAll(_ client: RedisClient) async throws {
        try await eventually(within: .seconds(20), "the cluster") {
            let info = try await client.send(["CLUSTER", "INFO"]).text ?? ""
            // The epoch is the highest of the three: one that takes a slot over takes a higher one, which then is unique.
            return ["cluster_state:ok", "cluster_known_nodes:3", "cluster_current_epoch:3"].allSatisfy(info.contains)
        }
    }
}
