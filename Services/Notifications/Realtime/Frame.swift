import Domain
import JSON
import RedisClient

/// What a server sends over a WebSocket: `{type, id, at, data}`.
struct Frame: Equatable, Sendable {
    /// Where the frame stands in the person's mailbox; what `?after=` takes.
    let id: String
    let type: String
    /// RFC 3339.
    let at: String
    /// JSON.
    let data: [UInt8]

    var text: [UInt8] {
        var writer = JSONWriter(capacity: data.count + 96)
        writer.object {
            $0.field("type", type)
            $0.field("id", id)
            $0.field("at", at)
            $0.rawField("data", data)
        }
        return writer.bytes
    }

    /// The answer to a ping: it has neither place nor content.
    static let pong = Array(#"{"type":"pong"}"#.utf8)

    init(id: String, type: String, at: String, data: [UInt8]) {
        self.id = id
        self.type = type
        self.at = at
        self.data = data
    }

    init?(_ entry: RedisStreamEntry) {
        guard let type = entry.text("type"), let at = entry.text("at"), let data = entry["data"] else { return nil }
        self.init(id: entry.id.description, type: type, at: at, data: data)
    }

    /// Reads what `post_frame.lua` publishes: `person id type at data`.
    static func parse(_ payload: [UInt8]) -> (person: String, frame: Frame)? {
        let parts = payload.split(separator: UInt8(ascii: " "), maxSplits: 4, omittingEmptySubsequences: false)
        guard parts.count == 5 else { return nil }
        let words = parts[..<4].map { String(decoding: $0, as: UTF8.self) }
        return (words[0], Frame(id: words[1], type: words[2], at: words[3], data: Array(parts[4])))
    }
}
