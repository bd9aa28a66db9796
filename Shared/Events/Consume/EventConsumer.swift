import Domain
import Lifecycle
package import RedisClient
import Runtime
import Telemetry

/// A worker that handles events one by one, each type by its own handler.
///
/// Streams are handled side by side, the events of one stream in order. Handlers must be idempotent. A handler that
/// throws `EventRejected` sends the event to the dead letters; where a dependency is away the event waits for it;
/// any other error counts as an attempt.
///
/// ```swift
/// EventConsumer(group: "feed.projections", redis: redis)
///     .on(UserUpdated.self) { try await posts.refreshAuthor($0.payload) }
/// ```
package struct EventConsumer: Service {
    private typealias Handler = @Sendable (StreamDelivery) async throws -> Void

    package let group: String
    private let redis: RedisClient
    private let options: ConsumerOptions
    private var handlers: [String: Handler] = [:]
    private var topics: [Topic] = []

    package init(group: String, redis: RedisClient, options: ConsumerOptions = ConsumerOptions()) {
        self.group = group
        self.redis = redis
        self.options = options
    }

    /// The same consumer, with a handler for one more type of event. Types without a handler are passed over.
    package func on<Payload: Event>(
        _: Payload.Type, _ handler: @escaping @Sendable (EventEnvelope<Payload>) async throws -> Void
    ) -> EventConsumer {
        var copy = self
        if !topics.contains(Payload.topic) { copy.topics.append(Payload.topic) }
        copy.handlers[Payload.type] = { delivery in
            let envelope = try EventEnvelope<Payload>(delivery)
            let trace = envelope.trace?.child() ?? .generate()
            try await TraceContext.$current.withValue(trace) { try await handler(envelope) }
        }
        return copy
    }

    package func run() async throws {
        let consumer = self
        try await StreamConsumer(group: group, topics: topics, redis: redis, options: options) { deliveries in
            await consumer.handle(deliveries)
        }.run()
    }

    private func handle(_ deliveries: [StreamDelivery]) async -> [DeliveryOutcome] {
        var outcomes = [DeliveryOutcome](repeating: .done, count: deliveries.count)
        let streams = Dictionary(grouping: deliveries.indices, by: { deliveries[$0].stream })
        await withTaskGroup(of: [(Int, DeliveryOutcome)].self) { tasks in
            for indices in streams.values {
                tasks.addTask {
                    var results: [(Int, DeliveryOutcome)] = []
                    for index in indices { results.append((index, await handle(deliveries[index]))) }
                    return results
                }
            }
            for await results in tasks {
                for (index, outcome) in results { outcomes[index] = outcome }
            }
        }
        return outcomes
    }

    /// While a dependency is away the event waits here, so that the order of the stream is kept.
    private func handle(_ delivery: StreamDelivery) async -> DeliveryOutcome {
        guard let handler = delivery.type.flatMap({ handlers[$0] }) else { return .done }
        var pause = Duration.milliseconds(50)
        while true {
            do {
                try await handler(delivery)
                return .done
            } catch {
                let outcome = DeliveryOutcome(error)
                guard case .postponed = outcome, !Stopping.isAsked else { return outcome }
                await Stopping.pause(pause)
                pause = min(pause * 2, .seconds(5))
            }
        }
    }
}
