import BSON
import Domain
import Lifecycle
import RedisClient
import Runtime
import Testing
import TestSupport

@testable import Events

@Suite struct ConsumerLiveTests {
    private let now = Instant(milliseconds: 1_795_250_000_000)

    private func notification(_ number: Int) -> NotificationSent {
        NotificationSent(
            notificationID: .new(), userID: .new(), kind: "\(number)", channel: "inbox", sentAt: now)
    }

    private func running<Value: Sendable>(
        _ consumer: EventConsumer, _ body: @escaping @Sendable () async throws -> Value
    ) async throws -> Value {
        let loop = try TestLoops.shared().loops[0]
        let worker = Task { try await loop.run { try await consumer.run() } }
        defer { worker.cancel() }
        return try await body()
    }

    private func options() -> ConsumerOptions {
        var options = ConsumerOptions()
        options.stallAfter = .milliseconds(150)
        return options
    }

    @Test func `every event reaches every group once, whatever its partition`() async throws {
        let redis = try await TestRedis.start()
        let client = try redis.client()
        let bus = EventBus(redis: client)
        let seen = Locked<[String: [String]]>([:])
        for number in 0..<200 { try await bus.publish(notification(number), at: now) }
        let consumers = ["one", "two"].map { group in
            EventConsumer(group: group, redis: client, options: options()).on(NotificationSent.self) { envelope in
                seen.withLock { $0[group, default: []].append(envelope.payload.kind) }
            }
        }
        try await running(consumers[0]) {
            try await running(consumers[1]) {
                for number in 200..<400 { try await bus.publish(notification(number), at: now) }
                try await eventually("400 events in both groups") {
                    seen.withLock { $0.values.map(\.count) } == [400, 400]
                }
            }
        }
        let expected = Set((0..<400).map(String.init))
        for group in ["one", "two"] { #expect(seen.withLock { Set($0[group] ?? []) } == expected) }
        let left = try await Topic.notifications.streams.asyncPending(client, "one")
        #expect(left == 0)
        await client.close()
    }

    @Test func `what a dead reader had is taken over, and what fails is tried again`() async throws {
        let redis = try await TestRedis.start()
        let client = try redis.client()
        let bus = EventBus(redis: client)
        let seen = Locked<[Int]>([])
        for stream in Topic.notifications.streams { try await client.xgroupCreate(stream, "g", from: "0") }
        try await bus.publish(notification(1), at: now)
        for stream in Topic.notifications.streams {
            try await client.send(
                ["XREADGROUP", "GROUP", "g", "killed", "STREAMS", .key(stream), ">"])
        }
        let consumer = EventConsumer(group: "g", redis: client, options: options()).on(NotificationSent.self) {
            envelope in
            seen.withLock { $0.append(envelope.attempt) }
            if envelope.attempt < 4 { throw NeverHappened(description: "not yet") }
        }
        try await running(consumer) {
            try await eventually("three attempts") { seen.withLock { $0 } == [2, 3, 4] }
            try await eventually("the acknowledgement") {
                try await Topic.notifications.streams.asyncPending(client, "g") == 0
            }
        }
        await client.close()
    }

    @Test func `what can never be handled becomes a dead letter that can be replayed`() async throws {
        let redis = try await TestRedis.start()
        let client = try redis.client()
        let mended = Locked(false)
        let seen = Locked<[String]>([])
        let consumer = EventConsumer(group: "g", redis: client, options: options()).on(NotificationSent.self) {
            envelope in
            if !mended.withLock({ $0 }) { throw EventRejected("no such person") }
            seen.withLock { $0.append(envelope.payload.kind) }
        }
        try await EventBus(redis: client).publish(notification(7), at: now)
        let letters = DeadLetters(group: "g", redis: client)
        try await running(consumer) {
            try await eventually("a dead letter") { try await letters.count() == 1 }
            let letter = try #require(try await letters.list().first)
            #expect(letter.reason == "no such person" && letter.attempts == 1)
            #expect(letter.entry.text("type") == "NotificationSent")
            mended.withLock { $0 = true }
            #expect(try await letters.replay([letter]) == 1)
            #expect(try await letters.replay([letter]) == 0)
            try await eventually("the replay") { seen.withLock { $0 } == ["7"] }
            #expect(try await letters.count() == 0)
        }
        await client.close()
    }

    @Test func `a flush in the middle costs no event that comes after it`() async throws {
        let redis = try await TestRedis.start()
        let client = try redis.client()
        let bus = EventBus(redis: client)
        let seen = Locked<Set<String>>([])
        let consumer = EventConsumer(group: "g", redis: client, options: options()).on(NotificationSent.self) {
            envelope in _ = seen.withLock { $0.insert(envelope.payload.kind) }
        }
        try await running(consumer) {
            try await bus.publish(notification(1), at: now)
            try await eventually("the first") { seen.withLock { $0.contains("1") } }
            try await client.send(["FLUSHALL"])
            try await bus.publish(notification(2), at: now)
            try await eventually("the second") { seen.withLock { $0.contains("2") } }
        }
        await client.close()
    }

    @Test func `a stream is trimmed behind what critical groups still need`() async throws {
        let redis = try await TestRedis.start(options: ["--stream-node-max-entries", "10"])
        let client = try redis.client()
        let topic = Topic("trimmed", partitions: 1, retention: .zero)
        let stream = topic.streams[0]
        func consumer(_ group: String, critical: Bool) -> StreamConsumer {
            var options = ConsumerOptions()
            options.isCritical = critical
            return StreamConsumer(group: group, topics: [topic], redis: client, options: options) {
                $0.map { _ in .done }
            }
        }
        for group in ["slow", "fast"] { try await client.xgroupCreate(stream, group, from: "0") }
        for number in 0..<100 {
            try await client.send(["XADD", .key(stream), "1-\(number + 1)", "n", RedisArgument(number)])
        }
        func read(_ group: String, _ count: Int) async throws {
            try await client.send([
                "XREADGROUP", "GROUP", .text(group), "c", "COUNT", RedisArgument(count), "STREAMS", .key(stream), ">",
            ])
        }
        try await client.sadd(.criticalGroups(of: stream), ["slow", "fast"])
        try await read("fast", 100)
        try await client.send(["XACK", .key(stream), "fast"] + (1...100).map { .text("1-\($0)") })
        try await StreamKeeper(consumer: consumer("fast", critical: true)).trim()
        #expect(try await client.xlen(stream) == 100)  // slow has read nothing
        try await read("slow", 50)
        try await client.send(["XACK", .key(stream), "slow"] + (1...30).map { .text("1-\($0)") })
        try await StreamKeeper(consumer: consumer("fast", critical: true)).trim()
        let first = try await client.xrange(stream, count: 1).first?.id.sequence ?? 0
        #expect(first > 20 && first <= 31)  // whole nodes of ten, none with what slow has not acknowledged
        await client.close()
    }

    @Test func `events of one key are handled together, and a bad one takes no other with it`() async throws {
        let redis = try await TestRedis.start()
        let client = try redis.client()
        let person = UserID.new()
        let waiting = (0..<60).map { number in
            OutgoingEvent(
                NotificationSent(
                    notificationID: .new(), userID: person, kind: number == 41 ? "bad" : "\(number % 2)",
                    channel: number < 40 ? "inbox" : "push", sentAt: now), at: now)
        }
        try await EventBus(redis: client).publish(waiting)
        let calls = Locked<[[String]]>([])
        let consumer = EventConsumer(group: "g", redis: client, options: options())
            .on(NotificationSent.self, together: \.channel) { events in
                if events.contains(where: { $0.payload.kind == "bad" }) { throw EventRejected("bad") }
                calls.withLock { $0.append(events.map(\.payload.kind)) }
            }
        try await running(consumer) {
            try await eventually("all but one") { calls.withLock { $0.reduce(0) { $0 + $1.count } } == 59 }
            try await eventually("the acknowledgements") {
                try await Topic.notifications.streams.asyncPending(client, "g") == 0
            }
        }
        // Forty at once; of the other twenty each for itself.
        #expect(calls.withLock { $0.map(\.count).sorted() } == [Int](repeating: 1, count: 19) + [40])
        #expect(calls.withLock { $0.first { $0.count == 40 } } == (0..<40).map { "\($0 % 2)" })
        let dead = try await DeadLetters(group: "g", redis: client).count()
        #expect(dead == 1)
        await client.close()
    }

    @Test func `a backlog that Redis overstates after a crash is not believed`() async throws {
        let redis = try await TestRedis.start(durable: true)
        let client = try redis.client()
        try await EventBus(redis: client).publish((0..<30).map { OutgoingEvent(notification($0), at: now) })
        let group = "overstated"
        let seen = Locked(0)
        let consumer = EventConsumer(group: group, redis: client, options: options())
            .on(NotificationSent.self) { _ in seen.withLock { $0 += 1 } }
        try await running(consumer) { try await eventually("30 events") { seen.withLock { $0 } == 30 } }
        // What a replayed append-only file makes of a group that has read everything.
        for stream in Topic.notifications.streams {
            let last = try await client.send(["XINFO", "STREAM", .key(stream)]).array ?? []
            guard let place = last.firstIndex(where: { $0.text == "last-generated-id" }),
                let id = last[place + 1].text
            else { continue }
            try await client.send(["XGROUP", "SETID", .key(stream), .text(group), .text(id), "ENTRIESREAD", 0])
        }
        try await running(consumer) {
            try await eventually("a backlog of none") { EventMetrics.backlog.with(group).value == 0 }
        }
        await client.close()
    }

    @Test func `on a cluster each slot has its reader`() async throws {
        let cluster = try await TestRedisCluster.start()
        let client = try cluster.client()
        let seen = Locked<Set<String>>([])
        let consumer = EventConsumer(group: "g", redis: client, options: options()).on(NotificationSent.self) {
            envelope in _ = seen.withLock { $0.insert(envelope.payload.kind) }
        }
        try await running(consumer) {
            for number in 0..<50 { try await EventBus(redis: client).publish(notification(number), at: now) }
            try await eventually("50 events") { seen.withLock { $0.count } == 50 }
        }
        await client.close()
    }
}

extension [RedisKey] {
    /// Entries handed to a group and not acknowledged, over all streams.
    fileprivate func asyncPending(_ redis: RedisClient, _ group: String) async throws -> Int64 {
        var pending: Int64 = 0
        for stream in self {
            pending += try await redis.send(["XPENDING", .key(stream), .text(group)]).array?.first?.integer ?? 0
        }
        return pending
    }
}
