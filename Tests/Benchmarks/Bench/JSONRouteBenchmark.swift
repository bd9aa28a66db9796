/// `GET /v1/gems/products` of the real service, anonymous, through all middleware, beside C and Node answering the same.
struct JSONRouteBenchmark: Benchmark {
    static let name = "json-route"
    private static let path = "/v1/gems/products"

    func run(in workshop: Workshop) async throws -> [Finding] {
        let gems = try ServiceUnderTest.gems(in: workshop)
        let peers = try HelloPeers(answeringLike: gems.port, Self.path, in: workshop)
        let (c, node) = (try peers.c(in: workshop), try peers.node(in: workshop))
        return try await Interleaved(
            contenders: [
                try contender("gems", gems.process, gems.port),
                try contender("libmicrohttpd in C", c.process, c.port),
                try contender("Node's http", node.process, node.port),
            ], rounds: 9
        ).findings(name: Self.name, unit: "µs of CPU a request", limits: [1.5, 0.5])
    }

    private func contender(_ name: String, _ process: ChildProcess, _ port: Int) throws -> Interleaved.Contender {
        let load = try HTTPLoad(port: port, path: Self.path, connections: 32, rate: 8000)
        return Interleaved.Contender(name: name, process: process) { try load.run(seconds: 1) }
    }
}
