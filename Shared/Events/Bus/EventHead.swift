package import Domain
package import RedisClient
package import Telemetry

/// What an entry says of an event before anybody knows what kind of event it is.
///
/// Mostly in fields of their own: `id`, `at`, `tp`, `data`. A script for which each field counts puts them in one,
/// `event`: `VERSION ID AT TRACEPARENT DATA`, with `-` for no trace.
package struct EventHead: Sendable {
    package let id: EventID
    package let occurredAt: Instant
    package let trace: TraceContext?
    /// The payload, a JSON object.
    package let data: ArraySlice<UInt8>

    /// Nil where something is missing.
    package init?(_ entry: RedisStreamEntry) {
        if let event = entry.slice("event") {
            self.init(inOne: event)
            return
        }
        guard let id = entry.slice("id").flatMap(EventID.init(hexDigits:)), let at = entry.integer("at"),
            let data = entry.slice("data")
        else { return nil }
        self.init(id, at, trace: entry.text("tp"), data)
    }

    private init?(inOne event: ArraySlice<UInt8>) {
        var rest = event
        func word() -> ArraySlice<UInt8> {
            let end = rest.firstIndex(of: 0x20) ?? rest.endIndex
            defer { rest = rest[end...].dropFirst() }
            return rest[..<end]
        }
        // All versions so far read alike.
        guard !word().isEmpty, let id = EventID(hexDigits: word()), let at = Self.number(word()) else { return nil }
        let trace = word()
        guard !rest.isEmpty else { return nil }
        self.init(id, at, trace: trace.count > 1 ? String(decoding: trace, as: UTF8.self) : nil, rest)
    }

    private init(_ id: EventID, _ milliseconds: Int64, trace: String?, _ data: ArraySlice<UInt8>) {
        self.id = id
        occurredAt = Instant(milliseconds: milliseconds)
        self.trace = trace.flatMap(TraceContext.init(traceparent:))
        self.data = data
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> Int64? {
        guard !digits.isEmpty, digits.count < 19, digits.allSatisfy({ $0 &- 48 < 10 }) else { return nil }
        return digits.reduce(0) { $0 * 10 + Int64($1 - 48) }
    }
}
