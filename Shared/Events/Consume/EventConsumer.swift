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
    private typealias Handler = @Sendable ([StreamDelivery]) async throws -> Void
    /// What a batch's events of one type are gathered by; nil for one that cannot be read.
    private typealias Grouping = @Sendable (StreamDelivery) -> AnyHashable?

    package let group: String
    private let redis: RedisClient
    private let options: ConsumerOptions
    private var handlers: [String: Handler] = [:]
    private var groupings: [String: Grouping] = [:]
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
        copy.handlers[Payload.type] = { deliveries in
            for delivery in deliveries {
                let envelope = try EventEnvelope<Payload>(delivery)
                try await Self.traced(envelope.trace) { try await handler(envelope) }
            }
        }
        return copy
    }

    /// The same consumer, with a handler that takes a batch's events with one key together, in their order.
    ///
    /// For totals that come faster than they can be written one by one: the further behind the consumer is, the more
    /// events one write covers. The events of a key are handled where the first of them stands, and share an outcome.
    package func on<Payload: Event, Key: Hashable & Sendable>(
        _: Payload.Type, together key: @escaping @Sendable (Payload) -> Key,
        _ handler: @escaping @Sendable ([EventEnvelope<Payload>]) async throws -> Void
    ) -> EventConsumer {
        var copy = self
        if !topics.contains(Payload.topic) { copy.topics.append(Payload.topic) }
        copy.groupings[Payload.type] = { delivery in
            do {
                return AnyHashable(key(try EventEnvelope<Payload>(delivery).payload))
            } catch {
                return nil  // Handled alone, where the same error says what is wrong with it.
            }
        }
        copy.handlers[Payload.type] = { deliveries in
            let envelopes = try deliveries.map { try EventEnvelope<Payload>($0) }
            try await Self.traced(envelopes.first?.trace) { try await handler(envelopes) }
        }
        return copy
    }

    private static func traced(_ trace: TraceContext?, _ body: () async throws -> Void) async throws {
        try await TraceContext.$current.withValue(trace?.child() ?? .generate()) { try await body() }
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
                    for unit in units(of: indices, in: deliveries) {
                        let outcome = await self.outcome(of: unit.map { deliveries[$0] })
                        if unit.count == 1 || outcome == .done {
                            results += unit.map { ($0, outcome) }
                        } else {
                            // Apart, so that one that cannot be handled does not take the others with it.
                            for index in unit { results.append((index, await self.outcome(of: [deliveries[index]]))) }
                        }
                    }
                    return results
                }
            }
            for await results in tasks {
                for (index, outcome) in results { outcomes[index] = outcome }
            }
        }
        return outcomes
    }

    /// What is handled at once: single events, and those that belong together.
    private func units(of indices: [Int], in deliveries: [StreamDelivery]) -> [[Int]] {
        var units: [[Int]] = []
        var places: [AnyHashable: Int] = [:]
        for index in indices {
            let type = deliveries[index].type ?? ""
            guard let key = groupings[type]?(deliveries[index]) else {
                units.append([index])
                continue
            }
            let name = AnyHashable([AnyHashable(type), key])
            if let place = places[name] {
                units[place].append(index)
            } else {
                places[name] = units.count
                units.append([index])
            }
        }
        return units
    }

    /// While a dependency is away the events wait here, so that the order of the stream is kept.
    private func outcome(of deliveries: [StreamDelivery]) async -> DeliveryOutcome {
        guard let handler = deliveries.first?.type.flatMap({ handlers[$0] }) else { return .done }
        var pause = Duration.milliseconds(50)
        while true {
            do {
                try await handler(deliveries)
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
