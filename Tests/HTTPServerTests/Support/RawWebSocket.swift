/// A WebSocket client made of frames.
struct RawWebSocket: Sendable {
    struct Frame: Equatable, Sendable {
        var opcode: UInt8
        var payload: [UInt8]

        var text: String { String(decoding: payload, as: UTF8.self) }
        /// The code of a close frame.
        var code: UInt16? { opcode == 8 && payload.count >= 2 ? UInt16(payload[0]) << 8 | UInt16(payload[1]) : nil }
    }

    let client: RawClient
    let answer: RawClient.Answer

    init(port: Int, path: String, headers: [String] = [], sendingEarly early: [UInt8] = []) throws {
        client = try RawClient(port: port)
        var text = "GET \(path) HTTP/1.1\r\nHost: t\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
        text += "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
        for header in headers { text += header + "\r\n" }
        client.send(Array((text + "\r\n").utf8) + early)
        answer = try client.readHead()
    }

    static func frame(_ opcode: UInt8, _ payload: [UInt8], isFinal: Bool = true) -> [UInt8] {
        let mask: [UInt8] = [1, 2, 3, 4]
        var bytes = [(isFinal ? 0x80 : 0) | opcode]
        switch payload.count {
        case ..<126: bytes.append(0x80 | UInt8(payload.count))
        case ..<65_536: bytes += [0x80 | 126, UInt8(payload.count >> 8), UInt8(payload.count & 255)]
        default: bytes += [0x80 | 127] + (0..<8).map { UInt8(truncatingIfNeeded: payload.count >> (56 - 8 * $0)) }
        }
        return bytes + mask + payload.enumerated().map { $0.element ^ mask[$0.offset % 4] }
    }

    func send(_ text: String) { client.send(Self.frame(1, Array(text.utf8))) }

    func send(_ opcode: UInt8, _ payload: [UInt8], isFinal: Bool = true) {
        client.send(Self.frame(opcode, payload, isFinal: isFinal))
    }

    func receive() throws -> Frame {
        let head = try client.read(2)
        var length = Int(head[1])
        if length == 126 { length = try client.read(2).reduce(0) { $0 << 8 | Int($1) } }
        if length == 127 { length = try client.read(8).reduce(0) { $0 << 8 | Int($1) } }
        return Frame(opcode: head[0] & 15, payload: try client.read(length))
    }
}
