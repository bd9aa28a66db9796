internal import Glibc
internal import JSON
internal import LocalStackSupervisor

extension Scenario {
    /// What is pushed: a picture's progress by server-sent events, everything else over the WebSocket.
    static let streams = Scenario(name: "streams") { stage in
        let person = try stage.person("listener")
        let ticket = try person.insist("POST", "/v1/realtime/tickets", [:]).expect(201).text("ticket")
        let frames = try WebSocketWire(port: stage.port, target: "/v1/realtime?ticket=\(ticket)")
        try frames.send("{\"op\": \"ping\"}")
        try frames.wait(for: "pong")
        let again = try? WebSocketWire(port: stage.port, target: "/v1/realtime?ticket=\(ticket)")  // must be refused
        try require(again == nil, "a ticket was taken twice")

        let order = try person.insist("POST", "/v1/generations", ["prompt": "a kite over dunes"], key: "kite").expect(
            202)
        let seen = try events(stage, person, of: try order.text("id"))
        try require(seen.last == "completed", "events were \(seen)")
        try frames.wait(for: "generation")
        frames.close()
    }

    private static func events(_ stage: Stage, _ person: Person, of id: String) throws -> [String] {
        let wire = HTTPWire(port: stage.port, timeout: 60)
        try wire.send(
            "GET", "/v1/generations/\(id)/events",
            headers: [("Authorization", "Bearer \(person.accessToken)"), ("Accept", "text/event-stream")])
        let head = try wire.answer()
        try requireEqual(head.status, 200, "the stream of events")
        try require(head.header("Content-Type")?.hasPrefix("text/event-stream") == true, "not an event stream")
        var seen: [String] = []
        while !["completed", "failed"].contains(seen.last ?? "") {
            let line = try wire.readLine()
            if line.hasPrefix("event:") { seen.append(String(line.dropFirst(6).drop { $0 == " " })) }
        }
        return seen
    }
}

/// A WebSocket client of a few lines: text frames, masked as clients must.
final class WebSocketWire {
    private let wire: HTTPWire

    init(port: Int, target: String) throws {
        wire = HTTPWire(port: port, timeout: 30)
        try wire.send(
            "GET", target,
            headers: [
                ("Connection", "Upgrade"), ("Upgrade", "websocket"), ("Sec-WebSocket-Version", "13"),
                ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
            ])
        let answer = try wire.answer()
        try requireEqual(answer.status, 101, "the upgrade to a WebSocket")
        try requireEqual(answer.header("Sec-WebSocket-Accept"), "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", "the accept key")
    }

    func send(_ text: String) throws {
        let payload = Array(text.utf8)
        // A mask of zeros is a mask, and leaves the text as it is.
        try wire.send(bytes: [0x81, 0x80 | UInt8(payload.count), 0, 0, 0, 0] + payload)
    }

    /// Reads frames until one of this type has come.
    func wait(for type: String) throws {
        while true {
            let frame = try JSONParser.parse(try next())
            if frame["type"]?.string == type { return }
        }
    }

    private func next() throws -> [UInt8] {
        while true {
            let head = try wire.read(2)
            var length = Int(head[1] & 0x7f)
            if length == 126 { length = try wire.read(2).reduce(0) { $0 << 8 | Int($1) } }
            if length == 127 { length = try wire.read(8).reduce(0) { $0 << 8 | Int($1) } }
            let payload = try wire.read(length)
            if head[0] & 0x0f == 1 { return payload }
            if head[0] & 0x0f == 8 { throw StackError("the WebSocket was closed: \(payload)") }
        }
    }

    func close() { wire.close() }
}
