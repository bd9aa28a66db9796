import Domain

@testable import RedisClient

/// What the vote scripts use of Redis, in memory: never lost, since durable Redis writes before it answers.
///
/// Nothing expires: a run is shorter than any of the times to live.
final class MemoryRedis {
    var now = Instant(milliseconds: 0)
    private var strings: [String: String] = [:]
    private var hashes: [String: [String: String]] = [:]
    private var streams: [String: MemoryStream] = [:]

    /// - Returns: what the command answers; a command that no script uses is a fault of the simulation.
    func perform(_ words: [String]) -> RedisReply {
        switch words[0].uppercased() {
        case "EXISTS": return .integer(strings[words[1]] == nil ? 0 : 1)
        case "SISMEMBER": return .integer(0)  // nobody blocks anybody
        case "SET":
            strings[words[1]] = words[2]
            return .string(Array("OK".utf8))
        case "EXPIRE", "EXPIREAT": return .integer(1)
        case "EXPIRETIME", "TTL": return .integer(-1)
        case "HMGET": return .array(words.dropFirst(2).map { Self.reply(hashes[words[1]]?[$0]) })
        case "HGET": return Self.reply(hashes[words[1]]?[words[2]])
        case "HSET":
            var added: Int64 = 0
            for index in stride(from: 2, to: words.count - 1, by: 2)
            where hashes[words[1], default: [:]].updateValue(words[index + 1], forKey: words[index]) == nil {
                added += 1
            }
            return .integer(added)
        case "XADD":
            let fields = stride(from: 3, to: words.count - 1, by: 2).map { (words[$0], Array(words[$0 + 1].utf8)) }
            return Self.reply(stream(words[1]) { $0.append(fields, at: now) }.description)
        default: preconditionFailure("the simulation's Redis does not know \(words)")
        }
    }

    func stream<Success>(_ key: String, _ body: (inout MemoryStream) -> Success) -> Success {
        body(&streams[key, default: MemoryStream()])
    }

    private static func reply(_ text: String?) -> RedisReply { text.map { .string(Array($0.utf8)) } ?? .null }
}

/// A stream with the one group that reads it.
struct MemoryStream {
    private(set) var entries: [RedisStreamEntry] = []
    private var last = RedisStreamID.zero
    /// Entries handed out to somebody so far.
    private var delivered = 0
    private(set) var pending: Set<RedisStreamID> = []

    mutating func append(_ fields: [(String, [UInt8])], at now: Instant) -> RedisStreamID {
        let clock = RedisStreamID(milliseconds: UInt64(now.milliseconds), sequence: 0)
        last =
            clock > last
            ? clock : RedisStreamID(milliseconds: last.milliseconds, sequence: last.sequence + 1)
        entries.append(RedisStreamEntry(id: last, fields: fields.map { (name: $0.0, value: $0.1) }))
        return last
    }

    var hasNew: Bool { delivered < entries.count }

    /// XREADGROUP with `>`.
    mutating func read(_ count: Int) -> [RedisStreamEntry] {
        let found = Array(entries[delivered..<min(entries.count, delivered + count)])
        delivered += found.count
        pending.formUnion(found.map(\.id))
        return found
    }

    /// XAUTOCLAIM: some of what is handed out and not acknowledged, whoever has it.
    func claim(_ isWanted: (RedisStreamID) -> Bool) -> [RedisStreamEntry] {
        entries.filter { pending.contains($0.id) && isWanted($0.id) }
    }

    /// XACK, by whoever says so.
    mutating func acknowledge(_ ids: [RedisStreamID]) { pending.subtract(ids) }
}
