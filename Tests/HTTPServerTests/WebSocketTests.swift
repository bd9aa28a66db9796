import HTTPServer
import JSON
import Runtime
import Testing

@Suite(.timeLimit(.minutes(1)))
struct WebSocketTests {
    private final class Log: Sendable {
        let closes = Locked<[UInt16]>([])
        let opens = Locked(0)
    }

    private func routes(_ log: Log, limits: WebSocketLimits = WebSocketLimits()) -> [Route] {
        [
            Route(.get, "/v1/socket", operation: "socket") { request in
                let wanted = request.webSocketProtocols.first { $0.hasPrefix("bearer.") }
                return try .webSocket(for: request, subprotocol: wanted, limits: limits) { connection in
                    log.opens.withLock { $0 += 1 }
                    connection.onText = { [unowned connection] text in
                        switch text {
                        case "close": connection.close(.unauthenticated, "expired")
                        case "flood":
                            for _ in 0..<200 { connection.send(String(repeating: "x", count: 10_000)) }
                        default: connection.send("echo " + text)
                        }
                    }
                    connection.onClose = { code in log.closes.withLock { $0.append(code.rawValue) } }
                }
            },
            Route(.get, "/v1/refused", operation: "refused") { _ in throw Problem(.unauthenticated) },
        ]
    }

    @Test func `a handshake is answered as the specification's example, and messages are echoed`() async throws {
        try await withServer(routes(Log())) { server in
            let port = server.port
            let (head, frames) = try await blocking {
                let socket = try RawWebSocket(
                    port: port, path: "/v1/socket", headers: ["Sec-WebSocket-Protocol: chat, bearer.abc"],
                    sendingEarly: RawWebSocket.frame(1, Array("early".utf8)))
                socket.send("hello é")
                socket.send(1, Array("frag".utf8), isFinal: false)
                socket.send(0, Array("ments".utf8))
                socket.send(String(repeating: "y", count: 20_000))
                return (socket.answer, try (0..<4).map { _ in try socket.receive() })
            }
            #expect(head.status == 101)
            #expect(head.header("Sec-WebSocket-Accept") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
            #expect(head.header("Sec-WebSocket-Protocol") == "bearer.abc")
            #expect(frames.prefix(3).map(\.text) == ["echo early", "echo hello é", "echo fragments"])
            #expect(frames[3].payload.count == 20_005)
        }
    }

    @Test func `a plain request is told to upgrade, and a refusal is a problem`() async throws {
        try await withServer(routes(Log())) { server in
            let port = server.port
            let answers = try await blocking {
                let client = try RawClient(port: port)
                return [
                    try client.request("GET", "/v1/socket"),
                    try RawWebSocket(port: port, path: "/v1/refused").answer,
                ]
            }
            #expect(answers[0].status == 426)
            #expect(answers[0].header("Upgrade") == "websocket")
            #expect(answers[1].status == 401)
        }
    }

    @Test func `closing works from both sides, and a lost connection is told as such`() async throws {
        let log = Log()
        try await withServer(routes(log)) { server in
            let port = server.port
            let codes = try await blocking {
                let ended = try RawWebSocket(port: port, path: "/v1/socket")
                ended.send("close")
                let server = try ended.receive()
                ended.send(8, server.payload)
                let client = try RawWebSocket(port: port, path: "/v1/socket")
                client.send(8, [0x03, 0xE8])
                let answer = try client.receive()
                let ends = [ended.client.isAtEnd(), client.client.isAtEnd()]
                _ = try RawWebSocket(port: port, path: "/v1/socket")
                return (server.code, answer.code, ends)
            }
            #expect(codes.0 == 4401)
            #expect(codes.1 == 1000)
            #expect(codes.2 == [true, true])
            try await expectCloses(log, [4401, 1000, 1006])
        }
    }

    @Test func `binary, too long and malformed messages are closed with their codes`() async throws {
        var limits = WebSocketLimits()
        limits.messageBytes = 1000
        try await withServer(routes(Log(), limits: limits)) { server in
            let port = server.port
            let codes = try await blocking {
                try [
                    RawWebSocket.frame(2, [1, 2]), RawWebSocket.frame(1, [UInt8](repeating: 65, count: 1001)),
                    RawWebSocket.frame(1, [0xFF, 0xFE]), [0x81, 0x01, 0x41],
                ].map { bytes in
                    let socket = try RawWebSocket(port: port, path: "/v1/socket")
                    socket.client.send(bytes)
                    return try socket.receive().code
                }
            }
            #expect(codes == [1003, 1009, 1007, 1002])
        }
    }

    @Test func `a ping is answered, and a client that does not read is closed with 4408`() async throws {
        let log = Log()
        try await withServer(routes(log)) { server in
            let port = server.port
            let (pong, socket) = try await blocking {
                let socket = try RawWebSocket(port: port, path: "/v1/socket")
                socket.send(9, [7, 8])
                let pong = try socket.receive()
                for _ in 0..<20 { socket.send("flood") }
                return (pong, socket)
            }
            #expect(pong == RawWebSocket.Frame(opcode: 10, payload: [7, 8]))
            try await expectCloses(log, [4408])
            #expect(socket.answer.status == 101)
        }
    }

    @Test func `a silent client is pinged and then given up`() async throws {
        let log = Log()
        var limits = WebSocketLimits()
        limits.pingInterval = .milliseconds(500)
        try await withServer(routes(log, limits: limits)) { server in
            let port = server.port
            let opcode = try await blocking { try RawWebSocket(port: port, path: "/v1/socket").receive().opcode }
            #expect(opcode == 9)
            try await expectCloses(log, [1006])
        }
    }

    @Test func `stopping the server says goodbye`() async throws {
        let log = Log()
        let group = try EventLoopGroup(count: 1)
        let server = try HTTPServer(HTTPServerConfiguration(), routes: routes(log))
        try await server.start(on: group)
        let port = server.port
        async let code = blocking {
            let socket = try RawWebSocket(port: port, path: "/v1/socket")
            let frame = try socket.receive()
            socket.send(8, frame.payload)
            return frame.code
        }
        while log.opens.withLock({ $0 }) == 0 { try await Task.sleep(for: .milliseconds(5)) }
        await server.stop(drainingFor: .seconds(5))
        #expect(try await code == 1001)
        #expect(log.closes.withLock { $0 } == [1001])
        await group.stop()
    }

    /// Waits, at most 10 s, until connections have closed with exactly these codes, in any order.
    private func expectCloses(_ log: Log, _ codes: [UInt16]) async throws {
        for _ in 0..<1000 where log.closes.withLock({ $0.count }) < codes.count {
            try await Task.sleep(for: .milliseconds(10))
        }
        #expect(log.closes.withLock { $0.sorted() } == codes.sorted())
    }
}
