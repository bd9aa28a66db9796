import HTTPServer
import JSON
import Runtime
import Telemetry
import Testing

/// Answers that are waited for without a task.
@Suite(.timeLimit(.minutes(1)))
struct BegunTests {
    private typealias Held = Locked<[LoopCall<Bool>]>

    /// `/v1/held` is answered when `/v1/release` is called, `/v1/soon` after some milliseconds.
    private func routes(_ held: Held) -> [Route] {
        TestRoutes.all + [
            Route(
                .get, "/v1/held", operation: "held",
                begin: { _, answer in
                    guard let loop = EventLoop.current else { return false }
                    let call = LoopCall<Bool>(on: loop) { isGood in
                        answer(isGood ? .success(.object { $0.field("by", "call") }) : .failure(Problem(.conflict)))
                    }
                    held.withLock { $0.append(call) }
                    return true
                }
            ) { _ in .object { $0.field("by", "handler") } },
            Route(.get, "/v1/release", operation: "release") { request in
                let calls = held.withLock { held in
                    defer { held = [] }
                    return held
                }
                for call in calls { call(!request.hasQuery) }
                return .object { $0.field("released", calls.count) }
            },
            Route(
                .get, "/v1/soon", operation: "soon", query: QueryParameter.page,
                begin: { request, answer in
                    let wait = request.queryInteger("limit") ?? 1
                    guard wait != 100, let loop = EventLoop.current else { return false }
                    loop.schedule(after: .milliseconds(wait)) { answer(.success(.object { $0.field("by", "call") })) }
                    return true
                }
            ) { _ in .object { $0.field("by", "handler") } },
        ]
    }

    private func wait(for count: Int, in held: Held) async throws {
        for _ in 0..<2000 where held.withLock({ $0.count }) < count { try await Task.sleep(for: .milliseconds(5)) }
        #expect(held.withLock { $0.count } == count)
    }

    @Test func `what does not begin goes to the handler, a fault becomes a problem`() async throws {
        let held = Held([])
        try await withServer(routes(held)) { server in
            let port = server.port
            let answers = try await blocking {
                let client = try RawClient(port: port)
                return [
                    try client.request("GET", "/v1/soon"), try client.request("GET", "/v1/soon?limit=100"),
                    try client.request("GET", "/v1/soon?limit=x"), try client.request("HEAD", "/v1/soon"),
                ]
            }
            #expect(answers.map(\.status) == [200, 200, 422, 200])
            #expect(answers.map(\.text).prefix(2) == [#"{"by":"call"}"#, #"{"by":"handler"}"#])
            #expect(answers[0].header("X-Request-Id")?.utf8.count == 16)
            async let refused = blocking { try RawClient(port: port).request("GET", "/v1/held") }
            try await wait(for: 1, in: held)
            _ = try await blocking { try RawClient(port: port).request("GET", "/v1/release?bad") }
            #expect(try await refused.status == 409)
        }
    }

    /// More than wait in the library's list, so that some of them sleep; and all connections are used again.
    @Test(arguments: [1, 63, 64, 65, 200])
    func `many at once are all answered, again and again`(count: Int) async throws {
        try await withServer(routes(Held([]))) { server in
            let port = server.port
            let good = try await blocking {
                let clients = try (0..<count).map { _ in try RawClient(port: port) }
                var good = 0
                for turn in 0..<4 {
                    for client in clients {
                        client.send("GET /v1/soon?limit=\(turn * 3 + 1) HTTP/1.1\r\nHost: t\r\n\r\n")
                    }
                    for client in clients where try client.readAnswer().text == #"{"by":"call"}"# { good += 1 }
                    for client in clients { client.send("GET /v1/hello HTTP/1.1\r\nHost: t\r\n\r\n") }
                    for client in clients where try client.readAnswer().status == 200 { good += 1 }
                }
                return good
            }
            #expect(good == count * 8)
        }
    }

    /// One that is not asked for its answer gets it with the next second's round.
    @Test func `an answer goes out when it comes`() async throws {
        try await withServer(routes(Held([]))) { server in
            let port = server.port
            let took = try await blocking {
                let client = try RawClient(port: port)
                return try ContinuousClock().measure {
                    for _ in 0..<30 { _ = try client.request("GET", "/v1/soon") }
                }
            }
            #expect(took < .seconds(15))
        }
    }

    @Test(arguments: [3, 70])
    func `while answers are waited for, everything else goes on`(count: Int) async throws {
        let held = Held([])
        try await withServer(routes(held)) { server in
            let port = server.port
            async let waiting = blocking {
                let clients = try (0..<count).map { _ in try RawClient(port: port) }
                for client in clients { client.send("GET /v1/held HTTP/1.1\r\nHost: t\r\n\r\n") }
                return try clients.map { try $0.readAnswer().text }
            }
            try await wait(for: count, in: held)
            let began = ContinuousClock.now
            for _ in 0..<4 { try await everythingElse(port) }
            // What waits for the second's round takes half a minute.
            #expect(ContinuousClock.now - began < .seconds(15))
            let released = try await blocking { try RawClient(port: port).request("GET", "/v1/release").text }
            #expect(released == #"{"released":\#(count)}"#)
            #expect(try await waiting == Array(repeating: #"{"by":"call"}"#, count: count))
        }
    }

    private func everythingElse(_ port: Int) async throws {
        let (large, greeting, slow, pipelined) = try await blocking {
            let client = try RawClient(port: port)
            let large = try client.request("GET", "/v1/large?size=5000000").body.count
            let body = #"{"name":"me"}"#
            client.send(
                "POST /v1/greetings HTTP/1.1\r\nHost: t\r\nX-Filler: \(String(repeating: "f", count: 5000))\r\n")
            client.send("Content-Length: \(body.utf8.count)\r\n\r\n{")
            client.send(String(body.dropFirst()))
            let greeting = try client.readAnswer().status
            let slow = try client.request("GET", "/v1/slow?ms=20").status
            client.send(String(repeating: "GET /v1/hello HTTP/1.1\r\nHost: t\r\n\r\n", count: 10))
            let pipelined = try (0..<10).map { _ in try client.readAnswer().status }
            return (large, greeting, slow, pipelined)
        }
        #expect((large, greeting, slow) == (5_000_000, 201, 200))
        #expect(pipelined == Array(repeating: 200, count: 10))
    }

    @Test func `an answer for somebody who has gone is dropped, and counted`() async throws {
        let held = Held([])
        try await withServer(routes(held)) { server in
            let port = server.port
            let gone = try await blocking {
                let clients = try (0..<8).map { _ in try RawClient(port: port) }
                for client in clients { client.send("GET /v1/held HTTP/1.1\r\nHost: t\r\n\r\n") }
                return clients
            }
            try await wait(for: 8, in: held)
            let before = HTTPMetrics.unheardAnswers.value
            let statuses = try await blocking {
                for client in gone { client.reset() }
                let client = try RawClient(port: port)
                // The server hears of the resets no later than of this.
                return [
                    try client.request("GET", "/v1/hello").status, try client.request("GET", "/v1/release").status,
                    try client.request("GET", "/v1/soon").status,
                ]
            }
            #expect(statuses == [200, 200, 200])
            #expect(HTTPMetrics.unheardAnswers.value - before >= 8)
        }
    }

    @Test func `who leaves while waiting harms nobody`() async throws {
        let held = Held([])
        try await withServer(routes(held)) { server in
            let port = server.port
            try await blocking {
                for _ in 0..<80 {
                    try RawClient(port: port).send("GET /v1/held HTTP/1.1\r\nHost: t\r\n\r\n")
                }
            }
            try await wait(for: 80, in: held)
            let statuses = try await blocking {
                let client = try RawClient(port: port)
                return [
                    try client.request("GET", "/v1/hello").status, try client.request("GET", "/v1/release").status,
                    try client.request("GET", "/v1/soon").status,
                ]
            }
            #expect(statuses == [200, 200, 200])
        }
    }

    @Test func `an answer that outlasts the drain is given up with 503`() async throws {
        let held = Held([])
        let group = try EventLoopGroup(count: 1)
        let server = try HTTPServer(HTTPServerConfiguration(), routes: routes(held))
        try await server.start(on: group)
        let port = server.port
        async let status = blocking { try RawClient(port: port).request("GET", "/v1/held").status }
        try await wait(for: 1, in: held)
        await server.stop(drainingFor: .milliseconds(100))
        #expect(try await status == 503)
        let before = HTTPMetrics.unheardAnswers.value
        for call in held.withLock({ $0 }) { call(true) }
        try await group.loops[0].run {}
        #expect(HTTPMetrics.unheardAnswers.value > before)
        await group.stop()
    }
}
