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
        for (type, events) in Dictionary(grouping: events, by: \.type) {
            EventMetrics.published.with(type).increment(by: events.count)
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

    /// The entry's fields, for scripts that append it themselves.
    package var fields: [(name: String, value: RedisArgument)] {
        var fields: [(name: String, value: RedisArgument)] = [
            ("type", .text(type)), ("v", RedisArgument(version)), ("id", .text(id.hex)),
            ("at", .integer(occurredAt.milliseconds)),
        ]
        if let traceparent { fields.append(("tp", .text(traceparent))) }
        fields.append(("data", .bytes(data)))
        return fields
    }

    var command: RedisCommand {
        var arguments: [RedisArgument] = ["XADD", .key(stream), "*"]
        arguments.reserveCapacity(15)
        for field in fields {
            arguments.append(.text(field.name))
            arguments.append(field.value)
        }
        return RedisCommand(arguments)
    }
}
