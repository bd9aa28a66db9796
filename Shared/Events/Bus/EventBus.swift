package import Domain
package import RedisClient
package import Telemetry

/// Where events are published.
package struct EventBus: Sendable {
    package let redis: RedisClient

    package init(redis: RedisClient) { self.redis = redis }

    /// Appends events to their streams, in one write.
    ///
    /// What follows from a database write goes through `Outbox` instead, which cannot lose it.
    package func publish(_ events: [OutgoingEvent]) async throws(RedisError) {
        for reply in try await redis.pipeline(events.map(\.command)) {
            if case .error(let error) = reply { throw .server(error) }
        }
        // Mostly all of one type: a text is compared sooner than hashed.
        var rest = events[...]
        while let type = rest.first?.type {
            let run = rest.prefix { $0.type == type }
            EventMetrics.published.with(type).increment(by: run.count)
            rest = rest.dropFirst(run.count)
        }
    }

    package func publish(
        _ event: some Event, at occurredAt: Instant, id: EventID = .new(), trace: TraceContext? = TraceContext.current
    ) async throws(RedisError) {
        try await publish([OutgoingEvent(event, at: occurredAt, id: id, trace: trace)])
    }
}

/// An event ready to be published, now or from an outbox.
package struct OutgoingEvent: Sendable, Equatable {
    package let id: EventID
    package let type: String
    package let version: Int
    package let topic: String
    package let subject: UserID
    package let occurredAt: Instant
    package let traceparent: String?
    package let data: [UInt8]

    package init(
        _ event: some Event, at occurredAt: Instant, id: EventID = .new(), trace: TraceContext? = TraceContext.current
    ) {
        self.init(
            id: id, type: Swift.type(of: event).type, version: Swift.type(of: event).version,
            topic: Swift.type(of: event).topic.name, subject: event.subject, occurredAt: occurredAt,
            traceparent: trace?.traceparent, data: event.bytes)
    }

    init(
        id: EventID, type: String, version: Int, topic: String, subject: UserID, occurredAt: Instant,
        traceparent: String?, data: [UInt8]
    ) {
        self.id = id
        self.type = type
        self.version = version
        self.topic = topic
        self.subject = subject
        self.occurredAt = occurredAt
        self.traceparent = traceparent
        self.data = data
    }

    var stream: RedisKey {
        guard let streams = Topic.streams[topic] else { return Topic(topic).stream(of: subject) }
        return streams[Partition(of: subject).number % streams.count]
    }

    /// Appends the entry. Written out, since there is one of these for each event.
    var command: RedisCommand {
        RedisCommand(arguments: traceparent == nil ? 13 : 15, capacity: 288 + data.count) { writer in
            writer.argument("XADD")
            writer.argument(stream.text)
            writer.argument("*")
            writer.argument("type")
            writer.argument(type)
            writer.argument("v")
            writer.argument(Int64(version))
            writer.argument("id")
            writer.argument { $0.append(words: id.objectID.hexWords) }
            writer.argument("at")
            writer.argument(occurredAt.milliseconds)
            if let traceparent {
                writer.argument("tp")
                writer.argument(traceparent)
            }
            writer.argument("data")
            writer.argument(data)
        }
    }
}
