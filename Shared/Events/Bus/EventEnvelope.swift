package import Domain
package import RedisClient
package import Telemetry

/// An event as it arrives: what happened, when, in which trace.
package struct EventEnvelope<Payload: Event>: Sendable {
    package let id: EventID
    package let occurredAt: Instant
    package let trace: TraceContext?
    package let payload: Payload
    /// Where the event stands in its stream; orders events of one subject.
    package let position: RedisStreamID
    /// 1 the first time the event is handed out.
    package let attempt: Int

    package init(
        id: EventID, occurredAt: Instant, trace: TraceContext? = nil, payload: Payload, position: RedisStreamID,
        attempt: Int = 1
    ) {
        self.id = id
        self.occurredAt = occurredAt
        self.trace = trace
        self.payload = payload
        self.position = position
        self.attempt = attempt
    }

    /// Reads a stream entry.
    ///
    /// - Throws: `EventRejected` for an entry that no later attempt could read either.
    package init(_ delivery: StreamDelivery) throws(EventRejected) {
        guard let head = EventHead(delivery.entry) else { throw EventRejected("the envelope is incomplete") }
        let payload: Payload
        do {
            payload = try Payload(data: head.data)
        } catch {
            throw EventRejected("the payload is not a \(Payload.type): \(error)")
        }
        self.init(
            id: head.id, occurredAt: head.occurredAt, trace: head.trace, payload: payload,
            position: delivery.position, attempt: delivery.attempt)
    }
}

/// An event that no repetition will make acceptable: it goes to the dead letters at once.
package struct EventRejected: Error, Equatable, CustomStringConvertible {
    package let reason: String

    package init(_ reason: String) { self.reason = reason }

    package var description: String { reason }
}

/// One entry of a stream, handed to a group.
package struct StreamDelivery: Sendable {
    package let stream: RedisKey
    package let entry: RedisStreamEntry
    /// How often the entry has been handed out, this time included.
    package let attempt: Int

    package init(stream: RedisKey, entry: RedisStreamEntry, attempt: Int = 1) {
        self.stream = stream
        self.entry = entry
        self.attempt = attempt
    }

    /// The event's type, as `PostCreated`.
    package var type: String? { entry.text("type") }

    package func isOf(type: StaticString) -> Bool { entry.has("type", type) }

    /// Where the entry stands in the order of its stream. A dead letter that is handed out again keeps the place it had,
    /// so that it is never taken for newer than what came after it.
    package var position: RedisStreamID {
        entry.text("origin").flatMap(RedisStreamID.init) ?? entry.id
    }
}
