import Runtime
import Testing

@testable import HTTPClient

@Suite(.timeLimit(.minutes(1)), .serialized)
struct HTTPClientTests {
    /// Runs against a scripted server, with a client of its own.
    private func exchange(
        configuration: HTTPClientConfiguration = .loopback, answer: @escaping @Sendable (String, Int) -> String?,
        _ body: (HTTPClient, ScriptedServer) async throws -> Void
    ) async throws {
        let server = try ScriptedServer(answer)
        defer { server.stop() }
        let loops = try EventLoopGroup(count: 1)
        let client = HTTPClient(configuration: configuration, loops: loops)
        do {
            try await body(client, server)
        } catch {
            await client.close()
            throw error
        }
        await client.close()
        await loops.stop()
    }

    @Test func `a request carries method, headers and body, and its answer comes back whole`() async throws {
        try await exchange(answer: { _, _ in .answer(201, "made", headers: ["X-Kind: tea"]) }) { client, server in
            let response = try await client.send(
                ClientRequest(
                    "POST", server.url("/a?b=c"), headers: [("X-Mine", "1"), ("Content-Type", "text/plain")],
                    body: Array("hello".utf8)))
            #expect(response.status == 201)
            #expect(response.header("x-kind") == "tea")
            #expect(response.body == Array("made".utf8))
            let seen = try #require(server.requests.first)
            #expect(seen.hasPrefix("POST /a?b=c HTTP/1.1\r\n"))
            #expect(
                seen.contains("X-Mine: 1\r\n") && seen.contains("Content-Type: text/plain\r\n")
                    && seen.hasSuffix("hello"))
        }
    }

    @Test func `a private address is refused before anything is sent, also as a redirect`() async throws {
        try await exchange(configuration: HTTPClientConfiguration(), answer: { _, _ in .answer(200) }) {
            client, server in
            await #expect(throws: HTTPClientError.refusedAddress(host: "127.0.0.1")) {
                _ = try await client.send(ClientRequest("GET", server.url()))
            }
            await #expect(throws: HTTPClientError.refusedAddress(host: "localhost")) {
                _ = try await client.send(ClientRequest("GET", "http://localhost:\(server.port)/"))
            }
            #expect(server.requests.isEmpty)
        }
        var configuration = HTTPClientConfiguration()
        configuration.reach = .publicAnd(hosts: ["127.0.0.1"])
        try await exchange(
            configuration: configuration, answer: { _, _ in .answer(302, headers: ["Location: http://[::1]:9/x"]) }
        ) { client, server in
            await #expect(throws: HTTPClientError.refusedAddress(host: "::1")) {
                _ = try await client.send(ClientRequest("GET", server.url(), redirects: 3))
            }
        }
    }

    @Test func `redirects are followed only as often as allowed, and drop credentials at another host`() async throws {
        try await exchange(answer: { head, _ in
            head.hasPrefix("GET /end") ? .answer(200, "there") : .answer(302, headers: ["Location: /end"])
        }) { client, server in
            let reply1 = try await client.send(ClientRequest("GET", server.url()))
            #expect(reply1.status == 302)
            let reply2 = try await client.send(ClientRequest("GET", server.url(), redirects: 1))
            #expect(reply2.body == Array("there".utf8))
        }
        try await exchange(answer: { _, _ in .answer(302, headers: ["Location: /again"]) }) { client, server in
            await #expect(throws: HTTPClientError.tooManyRedirects) {
                _ = try await client.send(ClientRequest("GET", server.url(), redirects: 2))
            }
            #expect(server.requests.count == 3)
        }
        let other = try ScriptedServer { _, _ in .answer(200) }
        defer { other.stop() }
        let location = "Location: " + other.url("/there")
        try await exchange(answer: { _, _ in .answer(302, headers: [location]) }) { client, server in
            _ = try await client.send(
                ClientRequest(
                    "GET", server.url(), headers: [("Authorization", "Bearer x"), ("X-Stay", "1")], redirects: 1))
            let seen = try #require(other.requests.first)
            #expect(!seen.contains("Authorization") && seen.contains("X-Stay: 1"))
        }
    }

    @Test func `a larger body than allowed ends the transfer`() async throws {
        let long = String(repeating: "x", count: 100_000)
        try await exchange(answer: { _, _ in .answer(200, long) }) { client, server in
            await #expect(throws: HTTPClientError.tooLarge(limit: 50_000)) {
                _ = try await client.send(ClientRequest("GET", server.url(), maximumBytes: 50_000))
            }
            let reply3 = try await client.send(ClientRequest("GET", server.url(), maximumBytes: 100_000))
            #expect(reply3.body.count == 100_000)
        }
    }

    @Test func `silence ends at the deadline`() async throws {
        try await exchange(answer: { _, _ in nil }) { client, server in
            let start = ContinuousClock.now
            await #expect(throws: HTTPClientError.timedOut) {
                _ = try await client.send(ClientRequest("GET", server.url(), deadline: .milliseconds(200)))
            }
            #expect(ContinuousClock.now - start < .seconds(5))
        }
    }

    @Test func `a cancelled task leaves at once`() async throws {
        try await exchange(answer: { _, _ in nil }) { client, server in
            let task = Task { try await client.send(ClientRequest("GET", server.url())) }
            while server.requests.isEmpty { await Task.yield() }
            task.cancel()
            await #expect(throws: HTTPClientError.cancelled) { _ = try await task.value }
        }
    }

    @Test func `503 is retried where sending twice is harmless, and not elsewhere`() async throws {
        var configuration = HTTPClientConfiguration.loopback
        configuration.retries = 2
        try await exchange(configuration: configuration, answer: { _, number in .answer(number < 3 ? 503 : 200) }) {
            client, server in
            let reply4 = try await client.send(ClientRequest("GET", server.url()))
            #expect(reply4.status == 200)
            #expect(server.requests.count == 3)
        }
        try await exchange(configuration: configuration, answer: { _, _ in .answer(503) }) { client, server in
            let reply5 = try await client.send(ClientRequest("POST", server.url()))
            #expect(reply5.status == 503)
            #expect(server.requests.count == 1)
        }
    }

    @Test func `a host that keeps failing is left alone for a while`() async throws {
        var configuration = HTTPClientConfiguration.loopback
        configuration.failuresToOpen = 3
        configuration.openFor = .seconds(60)
        try await exchange(configuration: configuration, answer: { _, _ in .answer(500) }) { client, server in
            for _ in 0..<3 {
                let reply = try await client.send(ClientRequest("GET", server.url()))
                #expect(reply.status == 500)
            }
            await #expect(throws: HTTPClientError.circuitOpen(host: "127.0.0.1:\(server.port)")) {
                _ = try await client.send(ClientRequest("GET", server.url()))
            }
            #expect(server.requests.count == 3)
        }
        configuration.openFor = .milliseconds(150)
        try await exchange(configuration: configuration, answer: { _, number in .answer(number <= 3 ? 500 : 200) }) {
            client, server in
            for _ in 0..<3 { _ = try await client.send(ClientRequest("GET", server.url())) }
            let deadline = ContinuousClock.now + .seconds(40)
            while ContinuousClock.now < deadline {
                if let response = try? await client.send(ClientRequest("GET", server.url())) {  // open until it is not
                    #expect(response.status == 200)
                    return
                }
                try await Task.sleep(for: .milliseconds(20))
            }
            Issue.record("the circuit never closed")
        }
    }

    @Test func `a stream arrives piece by piece`() async throws {
        let text = String(repeating: "data: tick\n\n", count: 500)
        try await exchange(answer: { _, _ in .answer(200, text) }) { client, server in
            let pieces = Locked<[UInt8]>([])
            let response = try await client.stream(ClientRequest("GET", server.url())) { bytes in
                pieces.withLock { $0 += bytes }
            }
            #expect(response.status == 200 && response.body.isEmpty)
            #expect(pieces.withLock { $0 } == Array(text.utf8))
        }
    }

    @Test func `headers cannot smuggle a line`() async throws {
        try await exchange(answer: { _, _ in .answer(200) }) { client, server in
            await #expect(throws: HTTPClientError.self) {
                _ = try await client.send(ClientRequest("GET", server.url(), headers: [("X", "a\r\nY: b")]))
            }
            #expect(server.requests.isEmpty)
        }
    }

    @Test func `fifty requests at once all get their own answer`() async throws {
        try await exchange(answer: { head, _ in .answer(200, String(head.split(separator: " ")[1])) }) {
            client, server in
            let right = try await withThrowingTaskGroup(of: Bool.self) { group in
                for number in 0..<50 {
                    group.addTask {
                        try await client.send(ClientRequest("GET", server.url("/\(number)"))).body
                            == Array("/\(number)".utf8)
                    }
                }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(right == 50)
        }
    }
}
