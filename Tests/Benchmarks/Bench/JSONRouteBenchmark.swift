/// `GET /v1/gems/products` of the real service, anonymous, through all middleware, beside C and Node answering the same.
struct JSONRouteBenchmark: Benchmark {
    static let name = "json-route"
    private static let path = "/v1/gems/products"

    func run(in workshop: Workshop) throws -> [Finding] {
        let gems = try ServiceUnderTest.gems(in: workshop)
        let (head, body) = try Self.answer(of: gems.port)
        let bodyFile = try workshop.write(body, to: "body.json")
        let headerFile = try workshop.write(Self.headers(head), to: "headers.txt")
        let hello = try workshop.compile("hello.c", libraries: ["microhttpd"])
        let (cPort, nodePort) = (try workshop.freePort(), try workshop.freePort())
        let c = try workshop.start(hello, ["\(cPort)", bodyFile, headerFile], waitingFor: "listening")
        let node = try workshop.start(
            "node", ["\(workshop.peers)/hello.js", "\(nodePort)", bodyFile, headerFile], waitingFor: "listening")
        return try Interleaved(
            contenders: [
                try contender("gems", gems.process, gems.port),
                try contender("libmicrohttpd in C", c, cPort),
                try contender("Node's http", node, nodePort),
            ], rounds: 9
        ).findings(name: Self.name, unit: "µs of CPU a request", limits: [1.5, 0.5])
    }

    private func contender(_ name: String, _ process: ChildProcess, _ port: Int) throws -> Interleaved.Contender {
        let load = try HTTPLoad(port: port, path: Self.path, connections: 32, rate: 8000)
        return Interleaved.Contender(name: name, process: process) { try load.run(seconds: 1) }
    }

    private static func answer(of port: Int) throws -> (head: [UInt8], body: [UInt8]) {
        let socket = try Socket(port: port)
        try socket.send(Array("GET \(path) HTTP/1.1\r\nHost: bench\r\n\r\n".utf8))
        let answer = try socket.answer()
        guard String(decoding: answer.head.prefix(12), as: UTF8.self) == "HTTP/1.1 200" else {
            throw BenchmarkFailure("gems answers \(String(decoding: answer.head, as: UTF8.self))")
        }
        return answer
    }

    /// The headers that the peers are to send too; their libraries add the rest.
    private static func headers(_ head: [UInt8]) -> [UInt8] {
        let own = ["http/1.1", "date:", "content-length:", "connection:"]
        let lines = String(decoding: head, as: UTF8.self).split(separator: "\r\n").filter { line in
            !own.contains { line.lowercased().hasPrefix($0) }
        }
        return Array(lines.joined(separator: "\n").utf8)
    }
}
