/// The peers that do nothing but answer the same bytes as a route of ours.
struct HelloPeers {
    private let body: String
    private let headers: String

    /// - Parameter path: what is asked for once, to learn the bytes.
    init(answeringLike port: Int, _ path: String, in workshop: Workshop) throws {
        let socket = try Socket(port: port)
        try socket.send(Array("GET \(path) HTTP/1.1\r\nHost: bench\r\n\r\n".utf8))
        try self.init(answering: try socket.answer(), in: workshop)
    }

    /// - Parameter answer: an answer of ours, which has to be a good one.
    init(answering answer: (head: [UInt8], body: [UInt8]), in workshop: Workshop) throws {
        guard String(decoding: answer.head.prefix(12), as: UTF8.self) == "HTTP/1.1 200" else {
            throw BenchmarkFailure("the route answers \(String(decoding: answer.head, as: UTF8.self))")
        }
        body = try workshop.write(answer.body, to: "body.json")
        headers = try workshop.write(Self.headers(answer.head), to: "headers.txt")
    }

    func c(in workshop: Workshop) throws -> (process: ChildProcess, port: Int) {
        let hello = try workshop.compile("hello.c", libraries: ["microhttpd"])
        let port = try workshop.freePort()
        return (try workshop.start(hello, ["\(port)", body, headers], waitingFor: "listening"), port)
    }

    func node(in workshop: Workshop) throws -> (process: ChildProcess, port: Int) {
        let port = try workshop.freePort()
        let arguments = ["\(workshop.peers)/hello.js", "\(port)", body, headers]
        return (try workshop.start("node", arguments, waitingFor: "listening"), port)
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
