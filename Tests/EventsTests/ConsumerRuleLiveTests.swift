import BSON
import Domain
import Lifecycle
import RedisClient
import Runtime
import Telemetry
import TestSupport
import Testing

@testable import Events

/// What a group does with an entry that is not simply handled.
@Suite struct ConsumerRuleLiveTests {
    private struct Broken: Error {}

    private let now = Instant(milliseconds: 1_795_250_000_000)
    private let person = UserID.new()

    private func publish(_ kinds: [String], in client: RedisClient) async throws {
        try await client.xgroupCreate(stream, "g", from: "0")
        try await EventBus(redis: client).publish(
            kinds.map {
                OutgoingEvent(
                    NotificationSent(notificationID: .new(), userID: person, kind: $0, channel: "inbox", sentAt: now),
                    at: now)
            })
    }

    private func options(attempts: Int = 5) -> ConsumerOptions {
        var options = ConsumerOptions()
        options.stallAfter = .milliseconds(150)
        options.attempts = attempts
        return options
    }

    private func running(
        _ consumer: some Service, _ body: () async throws -> Void
    ) async throws {
        let loop = try TestLoops.shared().loops[0]
        let worker = Task { try await loop.run { try await consumer.run() } }
        defer { worker.cancel() }
        try await body()
    }

    private var stream: RedisKey { Topic.notifications.stream(of: person) }

    /// Of one entry: how long nobody touched it, and how often it was handed out.
    private func pending(_ client: RedisClient) async throws -> (idle: Int64, count: Int64)? {
        let reply = try await client.send(["XPENDING", .key(stream), "g", "-", "+", 1]).array?.first?.array
        guard let reply, let idle = reply[2].integer, let count = reply[3].integer else { return nil }
        return (idle, count)
    }

    @Test func `while a dependency is away events wait in their order, and no attempt is counted`() async throws {
        let redis = try await TestRedis.start()
        let client = try redis.client()
        let seen = Locked<[String]>([])
        let consumer = EventConsumer(group: "g", redis: client, options: options(attempts: 1))
            .on(NotificationSent.self) { event in
                let calls = seen.withLock { seen in
                    seen.append("\(event.payload.kind)/\(event.attempt)")
                    return seen.count
                }
                if calls < 4 { throw RedisError.timedOut }
            }
        try await publish(["a", "b", "c"], in: client)
        try await running(consumer) {
            try await eventually("all of them") { try await pending(client) == nil && seen.withLock { $0.count } >= 6 }
        }
        #expect(seen.withLock { $0 } == ["a/1", "a/1", "a/1", "a/1", "b/1", "c/1"])
        #expect(try await DeadLetters(group: "g", redis: client).count() == 0)
        await client.close()
    }

    @Test func `what a handler postpones is handed out again, and no attempt is counted`() async throws {
        let redis = try await TestRedis.start()
        let client = try redis.client()
        let attempts = Locked<[Int]>([])
        let consumer = StreamConsumer(
            group: "g", topics: [.notifications], redis: client, options: options(attempts: 1)
        ) { deliveries in
            deliveries.map { delivery in
                let calls = attempts.withLock { attempts in
                    attempts.append(delivery.attempt)
                    return attempts.count
                }
                return calls < 4 ? .postponed("away") : .done
            }
        }
        try await publish(["a"], in: client)
        try await running(consumer) {
            try await eventually("the end") { try await pending(client) == nil && attempts.withLock { $0.count } >= 4 }
        }
        #expect(attempts.withLock { $0 } == [1, 1, 1, 1])
        #expect(try await DeadLetters(group: "g", redis: client).count() == 0)
        await client.close()
    }

    @Test func `what fails as often as it may becomes a dead letter, each for itself`() async throws {
        let redis = try await TestRedis.start()
        let client = try redis.client()
        let attempts = Locked<[String: [Int]]>([:])
        let consumer = EventConsumer(group: "g", redis: client, options: options(attempts: 3))
            .on(NotificationSent.self) { event in
                attempts.withLock { $0[event.payload.kind, default: []].append(event.attempt) }
                if event.payload.kind != "good" { throw Broken() }
            }
        try await publish(["bad", "good", "worse"], in: client)
        let letters = DeadLetters(group: "g", redis: client)
        try await running(consumer) {
            try await eventually("two dead letters") { try await letters.count() == 2 }
        }
        #expect(attempts.withLock { $0 } == ["bad": [1, 2, 3], "good": [1], "worse": [1, 2, 3]])
        let found = try await letters.list()
        #expect(found.map(\.attempts) == [3, 3] && found.allSatisfy { $0.source == stream.text })
        #expect(try await pending(client) == nil)
        await client.close()
    }

    @Test func `a dead letter keeps its place, however often it is handed out again`() async throws {
        let redis = try await TestRedis.start()
        let client = try redis.client()
        let places = Locked<[RedisStreamID]>([])
        let consumer = EventConsumer(group: "g", redis: client, options: options()).on(NotificationSent.self) { event in
            let calls = places.withLock { places in
                places.append(event.position)
                return places.count
            }
            if calls < 3 { throw EventRejected("not yet") }
        }
        try await publish(["a"], in: client)
        let first = try #require(try await client.xrange(stream, count: 1).first?.id)
        let letters = DeadLetters(group: "g", redis: client)
        try await running(consumer) {
            for _ in 0..<2 {
                let letter = try await eventually("a dead letter") { try await letters.list().first }
                #expect(letter.entry.fields.first?.name == "type" && letter.reason == "not yet")
                #expect(try await letters.replay([letter]) == 1)
            }
            try await eventually("the third try") { places.withLock { $0.count } == 3 }
        }
        #expect(places.withLock { $0 } == [first, first, first])
        await client.close()
    }

    @Test func `events of a type that nobody handles are passed over`() async throws {
        let redis = try await TestRedis.start()
        let client = try redis.client()
        let seen = Locked(0)
        let consumer = EventConsumer(group: "g", redis: client, options: options())
            .on(NotificationSent.self) { _ in seen.withLock { $0 += 1 } }
        try await client.send(["XADD", .key(stream), "*", "type", "NobodyKnows", "data", "{}"])
        try await publish(["a"], in: client)
        try await running(consumer) {
            try await eventually("the known one") { seen.withLock { $0 } == 1 }
            try await eventually("the acknowledgements") { try await pending(client) == nil }
        }
        #expect(try await DeadLetters(group: "g", redis: client).count() == 0)
        await client.close()
    }

    @Test func `what takes long is kept from looking stalled, which counts as no attempt`() async throws {
        let redis = try await TestRedis.start()
        let client = try redis.client()
        let isDone = Locked(false)
        let consumer = EventConsumer(group: "g", redis: client, options: options()).on(NotificationSent.self) { _ in
            try await eventually { isDone.withLock { $0 } }
        }
        try await publish(["a"], in: client)
        try await running(consumer) {
            for _ in 0..<2 {
                var longest: Int64 = -1
                let touched = try await eventually("a sign of life") { () -> (idle: Int64, count: Int64)? in
                    guard let entry = try await pending(client) else { return nil }
                    longest = max(longest, entry.idle)
                    return entry.idle < longest ? entry : nil
                }
                #expect(touched.count == 1)
            }
            isDone.withLock { $0 = true }
            try await eventually("the acknowledgement") { try await pending(client) == nil }
        }
        await client.close()
    }

    @Test func `what a living reader has is left to it`() async throws {
        let redis = try await TestRedis.start()
        let client = try redis.client()
        try await publish(["its own"], in: client)
        try await client.send(["XREADGROUP", "GROUP", "g", "alive", "STREAMS", .key(stream), ">"])
        try await publish(["next"], in: client)
        let seen = Locked<[String]>([])
        var options = options()
        options.stallAfter = .hours(1)
        let consumer = EventConsumer(group: "g", redis: client, options: options).on(NotificationSent.self) { event in
            seen.withLock { $0.append(event.payload.kind) }
        }
        // Whoever takes entries over does so before reading new ones.
        try await running(consumer) { try await eventually("the next") { seen.withLock { $0.contains("next") } } }
        #expect(seen.withLock { $0 } == ["next"])
        #expect(try await pending(client)?.count == 1)
        await client.close()
    }

    @Test func `a group that was taken away is made anew, with everything that is still there`() async throws {
        let redis = try await TestRedis.start()
        let client = try redis.client()
        let seen = Locked<[String]>([])
        let consumer = EventConsumer(group: "g", redis: client, options: options()).on(NotificationSent.self) { event in
            seen.withLock { $0.append(event.payload.kind) }
        }
        try await publish(["a"], in: client)
        try await running(consumer) {
            try await eventually("the first") { try await pending(client) == nil && seen.withLock { $0 == ["a"] } }
            try await client.send(["XGROUP", "DESTROY", .key(stream), "g"])
            try await eventually("the first again") { seen.withLock { $0 == ["a", "a"] } }
        }
        await client.close()
    }

    @Test func `a handler works in the trace that its event came in`() async throws {
        let redis = try await TestRedis.start()
        let client = try redis.client()
        let traces = [TraceContext.generate(), .generate()]
        for trace in traces {
            let event = UserBanned(userID: person, reason: "", actor: "", version: 1, at: now)
            try await EventBus(redis: client).publish(event, at: now, trace: trace)
        }
        let seen = Locked<[TraceContext?]>([])
        let consumer = EventConsumer(group: "g", redis: client, options: options()).on(UserBanned.self) { _ in
            seen.withLock { $0.append(TraceContext.current) }
        }
        try await running(consumer) { try await eventually("both") { seen.withLock { $0.count } == 2 } }
        #expect(seen.withLock { $0.map { $0?.traceID } } == traces.map(\.traceID))
        #expect(seen.withLock { $0.map { $0?.spanID } } != traces.map(\.spanID), "each with a span of its own")
        await client.close()
    }

    @Test func `what cannot be read takes nothing with it that is handled together`() async throws {
        let redis = try await TestRedis.start()
        let client = try redis.client()
        try await publish(["a"], in: client)
        for data in ["{}", "no JSON"] {
            try await client.send([
                "XADD", .key(stream), "*", "type", "NotificationSent", "id", .text(EventID.new().hex), "at", "5",
                "data",
                .text(data),
            ])
        }
        try await publish(["b"], in: client)
        let calls = Locked<[[String]]>([])
        let consumer = EventConsumer(group: "g", redis: client, options: options())
            .on(NotificationSent.self, together: \.channel) { events in
                calls.withLock { $0.append(events.map(\.payload.kind)) }
            }
        let letters = DeadLetters(group: "g", redis: client)
        try await running(consumer) {
            try await eventually("two dead letters") { try await letters.count() == 2 }
            try await eventually("the acknowledgements") { try await pending(client) == nil }
        }
        #expect(calls.withLock { $0 } == [["a", "b"]])
        #expect(try await letters.list().allSatisfy { $0.reason.hasPrefix("the payload is not a NotificationSent") })
        await client.close()
    }

    @Test func `events of one key but of two types are handled apart`() async throws {
        let redis = try await TestRedis.start()
        let client = try redis.client()
        let banned = Locked<[Int64]>([])
        let unbanned = Locked<[Int64]>([])
        let events = (1...4 as ClosedRange<Int64>).map { version in
            version.isMultiple(of: 2)
                ? OutgoingEvent(UserUnbanned(userID: person, reason: "", actor: "", version: version, at: now), at: now)
                : OutgoingEvent(UserBanned(userID: person, reason: "", actor: "", version: version, at: now), at: now)
        }
        try await EventBus(redis: client).publish(events)
        let consumer = EventConsumer(group: "g", redis: client, options: options())
            .on(UserBanned.self, together: \.userID) { events in
                banned.withLock { $0 += events.map(\.payload.version) }
            }
            .on(UserUnbanned.self, together: \.userID) { events in
                unbanned.withLock { $0 += events.map(\.payload.version) }
            }
        try await running(consumer) {
            try await eventually("all of them") { banned.withLock { $0.count } + unbanned.withLock { $0.count } == 4 }
        }
        #expect(banned.withLock { $0 } == [1, 3] && unbanned.withLock { $0 } == [2, 4])
        await client.close()
    }
}
