import HTTPServer
import JSON
import Runtime
import Testing

@Suite(.timeLimit(.minutes(1)))
struct EventStreamTests {
    private let ended = Locked<[String]>([])

    private var routes: [Route] {
        [
            Route(.get, "/v1/count", operation: "count") { request in
                .events { stream in
                    var number = Int(stream.lastEventID ?? "0") ?? 0
                    while number < 5, !stream.isClosed {
                        number += 1
                        do {
                            try await EventLoop.current?.sleep(for: .milliseconds(2))
                            try await stream.send("tick", ["n": .int(Int64(number))] as JSONValue, id: "\(number)")
                        } catch { return }
                    }
                }
            },
            Route(.get, "/v1/endless", operation: "endless") { [ended] _ in
                .events { stream in
                    do {
                        try await stream.send("first", data: Array("{}".utf8))
                        try await EventLoop.current?.sleep(for: .seconds(60))
                        ended.withLock { $0.append("slept") }
                    } catch {
                        ended.withLock { $0.append("cancelled") }
                    }
                }
            },
            Route(.get, "/v1/flood", operation: "flood") { [ended] _ in
                .events { stream in
                    do {
                        for _ in 0..<10_000 {
                            try await stream.send("data", data: [UInt8](repeating: 65, count: 10_000))
                        }
                    } catch {
                        ended.withLock { $0.append("closed") }
                    }
                }
            },
        ]
    }

    private func lines(_ chunk: [UInt8]) -> [String] {
        String(decoding: chunk, as: UTF8.self).split(separator: "\n").map { String($0) }
    }

    @Test func `events arrive in order, resume after the last one seen, and the stream ends`() async throws {
        try await withServer(routes) { server in
            let port = server.port
            let (head, text) = try await blocking {
                let client = try RawClient(port: port)
                client.send("GET /v1/count HTTP/1.1\r\nHost: t\r\nLast-Event-ID: 2\r\n\r\n")
                let head = try client.readHead()
                var text = ""
                while case let chunk = try client.readChunk(), !chunk.isEmpty {
                    text += String(decoding: chunk, as: UTF8.self)
                }
                return (head, text)
            }
            #expect(head.status == 200)
            #expect(head.header("Content-Type") == "text/event-stream")
            let events = (3...5).map { "id: \($0)\nevent: tick\ndata: {\"n\":\($0)}\n\n" }.joined()
            #expect(text == ": open\n\n" + events)
        }
    }

    @Test func `a client that leaves is found by the heartbeat, and the handler is cancelled`() async throws {
        try await withServer(routes) {
            $0.heartbeatInterval = .milliseconds(50)
        } _: { server in
            let port = server.port
            let chunks = try await blocking {
                let client = try RawClient(port: port)
                client.send("GET /v1/endless HTTP/1.1\r\nHost: t\r\n\r\n")
                _ = try client.readHead()
                return try (0..<3).map { _ in try client.readChunk() }
            }
            #expect(chunks.flatMap(lines).contains("event: first"))
            #expect(chunks.flatMap(lines).contains(": "))
            for _ in 0..<1000 where ended.withLock({ $0.isEmpty }) { try await Task.sleep(for: .milliseconds(10)) }
            #expect(ended.withLock { $0 } == ["cancelled"])
        }
    }

    @Test func `a client that reads slowly holds the handler back and loses nothing`() async throws {
        try await withServer(routes) { server in
            let port = server.port
            let bytes = try await blocking {
                let client = try RawClient(port: port)
                client.send("GET /v1/flood HTTP/1.1\r\nHost: t\r\n\r\n")
                _ = try client.readHead()
                var bytes = 0
                while bytes < 5_000_000 { bytes += try client.readChunk().count }
                return bytes
            }
            #expect(bytes >= 5_000_000)
            for _ in 0..<1000 where ended.withLock({ $0.isEmpty }) { try await Task.sleep(for: .milliseconds(10)) }
            #expect(ended.withLock { $0 } == ["closed"])
        }
    }
}
