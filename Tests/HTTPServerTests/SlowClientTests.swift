import HTTPServer
import Runtime
import Testing

@Suite(.timeLimit(.minutes(1)))
struct SlowClientTests {
    @Test func `a half-sent request and a silent connection are ended, others go on`() async throws {
        try await withServer(TestRoutes.all) {
            $0.readTimeout = .seconds(1)
            $0.idleTimeout = .seconds(2)
        } _: { server in
            let port = server.port
            let results = try await blocking {
                let halfBody = try RawClient(port: port)
                halfBody.send("POST /v1/greetings HTTP/1.1\r\nHost: t\r\nContent-Length: 100\r\n\r\n{")
                let halfHead = try RawClient(port: port)
                halfHead.send("GET /v1/hello HTTP/1.1\r\nHost")
                let halfLine = try RawClient(port: port)
                halfLine.send("GET /v1/he")
                let silent = try RawClient(port: port)
                let healthy = try RawClient(port: port).request("GET", "/v1/hello").status == 200
                return [healthy] + [halfBody, halfHead, halfLine, silent].map { $0.isAtEnd() }
            }
            #expect(results == [true, true, true, true, true])
        }
    }

    /// A route that tells when it has begun, and then takes its time.
    private func slow(_ duration: Duration, _ begun: Locked<Bool>) -> [Route] {
        [
            Route(.get, "/v1/slow", operation: "slow") { _ in
                begun.withLock { $0 = true }
                try await EventLoop.current?.sleep(for: duration)
                return .noContent
            }
        ]
    }

    private func wait(for begun: Locked<Bool>) async throws {
        for _ in 0..<2000 where !begun.withLock({ $0 }) { try await Task.sleep(for: .milliseconds(5)) }
    }

    @Test func `stopping lets a request finish and refuses new connections`() async throws {
        let group = try EventLoopGroup(count: 1)
        let begun = Locked(false)
        let released = Locked(false)
        let route = Route(.get, "/v1/slow", operation: "slow") { _ in
            begun.withLock { $0 = true }
            while !released.withLock({ $0 }) { try await EventLoop.current?.sleep(for: .milliseconds(2)) }
            return .noContent
        }
        let server = try HTTPServer(HTTPServerConfiguration(), routes: [route])
        try await server.start(on: group)
        let port = server.port
        async let answer = blocking {
            let client = try RawClient(port: port)
            return try client.request("GET", "/v1/slow")
        }
        // Idle after a request of its own, so that it is known to be accepted before the server stops.
        let settled = Locked(false)
        async let idle = blocking {
            let client = try RawClient(port: port)
            _ = try client.request("GET", "/v1/nothing")
            settled.withLock { $0 = true }
            return client.isAtEnd()
        }
        try await wait(for: settled)
        try await wait(for: begun)
        async let stopped: Void = server.stop(drainingFor: .seconds(50))
        let refusal = try await blocking {
            while true { do { _ = try RawClient(port: port) } catch { return error } }
        }
        #expect((refusal as? RawClient.Failure) != nil)
        released.withLock { $0 = true }
        await stopped
        #expect(try await answer.status == 204)
        #expect(try await answer.header("Connection") == "close")
        #expect(try await idle)
        await #expect(throws: (any Error).self) { try await blocking { _ = try RawClient(port: port) } }
        await group.stop()
    }

    @Test func `a handler that outlasts the drain is answered with 503`() async throws {
        let group = try EventLoopGroup(count: 1)
        let begun = Locked(false)
        let server = try HTTPServer(HTTPServerConfiguration(), routes: slow(.seconds(60), begun))
        try await server.start(on: group)
        let port = server.port
        async let status = blocking { try RawClient(port: port).request("GET", "/v1/slow").status }
        try await wait(for: begun)
        await server.stop(drainingFor: .milliseconds(100))
        #expect(try await status == 503)
        await group.stop()
    }
}
