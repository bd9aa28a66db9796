internal import LocalStackSupervisor

extension Scenario {
    /// Clients that send slowly, send half, or leave: they are let go, and nobody else notices.
    static let hostileClients = Scenario(name: "hostile-clients") { stage in
        let services = try stage.plan().ports
        // The gateway ends a request that is not whole after 10 s. A service, which only the gateway reaches, gives a
        // body 20 s and lets a head take as long as a connection may be idle.
        let places = [(stage.port, "the gateway", true), (services["auth"], "auth itself", false)]
        try Parallel.map(places, width: 2) { port, name, endsHeads in
            try besiege(port: port, name, endsHeads: endsHeads)
        }
    }

    private static let halves: [[UInt8]] = [
        "GET /v1/gems/prod", "GET /v1/status HTTP/1.1\r\nHost: x\r\n",
        "POST /v1/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{\"login\":",
        "POST /v1/auth/login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"lo",
    ].map { Array($0.utf8) }

    private static func besiege(port: Int, _ where_: String, endsHeads: Bool) throws {
        let slow = try (0..<200).map { number in
            let socket = try Socket.connect(port: port, timeout: 40)
            try socket.send(halves[number % halves.count])
            return socket
        }
        for socket in slow[..<50] { socket.close() }
        // Others are served meanwhile, and quickly.
        let others = HTTPWire(port: port, timeout: 5)
        for _ in 0..<20 {
            let started = Clock.monotonic
            try requireEqual(try others.request("GET", "/v1/status").status, 200, "a patient client at \(where_)")
            try require(Clock.monotonic - started < 3, "a patient client waited too long at \(where_)")
        }
        // Byte by byte, but steadily: such a client is served.
        let steady = HTTPWire(port: port, timeout: 10)
        for byte in Array("GET /v1/status HTTP/1.1\r\nHost: x\r\n\r\n".utf8) {
            try steady.send(bytes: [byte])
            Clock.pause(seconds: 0.01)
        }
        try requireEqual(try steady.answer().status, 200, "a client that sends byte by byte at \(where_)")
        // Those who never finish are let go.
        let deadline = Clock.monotonic + 40
        for (number, socket) in slow.enumerated() where number >= 50 && (endsHeads || number % halves.count >= 2) {
            socket.setTimeout(seconds: max(0.1, deadline - Clock.monotonic))
            try waitForEnd(of: socket, where_)
        }
    }

    /// The other side may say why (408, 400) before it closes.
    private static func waitForEnd(of socket: Socket, _ where_: String) throws {
        while true {
            do {
                if try socket.receive().isEmpty { return }
            } catch let error {
                if error.isConnectionReset { return }
                throw StackError("a half-sent request was kept open at \(where_): \(error)")
            }
        }
    }
}
