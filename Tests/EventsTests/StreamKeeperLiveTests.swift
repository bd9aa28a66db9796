import Domain
import RedisClient
import Runtime
import Telemetry
import TestSupport
import Testing

@testable import Events

/// What is kept of a stream, for whom, and how far behind a group is said to be.
@Suite struct StreamKeeperLiveTests {
    private static let stream = Topic("kept", partitions: 1).streams[0]

    private struct Bank {
        let redis: TestRedis
        let client: RedisClient
        let group: String

        static func open(group: String = "g") async throws -> Bank {
            let redis = try await TestRedis.start(options: ["--stream-node-max-entries", "10"])
            return Bank(redis: redis, client: try redis.client(), group: group)
        }

        func consumer(retention: Duration = .zero, partitions: Int = 1, isCritical: Bool = true) -> StreamConsumer {
            var options = ConsumerOptions()
            options.isCritical = isCritical
            let topic = Topic("kept", partitions: partitions, retention: retention)
            return StreamConsumer(group: group, topics: [topic], redis: client, options: options) {
                $0.map { _ in .done }
            }
        }

        func fill(_ stream: RedisKey, ids: (Int) -> String = { "1-\($0)" }) async throws {
            try await client.xgroupCreate(stream, group, from: "0")
            for number in 1...100 {
                try await client.send(["XADD", .key(stream), .text(ids(number)), "n", RedisArgument(number)])
            }
        }

        func read(_ count: Int, of stream: RedisKey, acknowledging: Bool) async throws {
            var words: [RedisArgument] = ["XREADGROUP", "GROUP", .text(group), "c", "COUNT", RedisArgument(count)]
            if acknowledging { words.append("NOACK") }
            try await client.send(words + ["STREAMS", .key(stream), ">"])
        }

        func trim(_ consumer: StreamConsumer) async throws { try await StreamKeeper(consumer: consumer).trim() }
    }

    @Test func `what is younger than the topic keeps stays, though every group is past it`() async throws {
        let bank = try await Bank.open()
        try await bank.fill(Self.stream) { _ in "*" }
        try await bank.client.sadd(.criticalGroups(of: Self.stream), ["g"])
        try await bank.read(100, of: Self.stream, acknowledging: true)
        try await bank.trim(bank.consumer(retention: .hours(1)))
        #expect(try await bank.client.xlen(Self.stream) == 100)
        // The same an hour later.
        try await bank.trim(bank.consumer(retention: .zero - .hours(1)))
        #expect(try await bank.client.xlen(Self.stream) <= 10)
        await bank.client.close()
    }

    @Test func `while a critical group is not there everything stays`() async throws {
        let bank = try await Bank.open()
        try await bank.fill(Self.stream)
        try await bank.client.sadd(.criticalGroups(of: Self.stream), ["g", "yet to come"])
        try await bank.read(100, of: Self.stream, acknowledging: true)
        try await bank.trim(bank.consumer())
        #expect(try await bank.client.xlen(Self.stream) == 100)
        await bank.client.close()
    }

    @Test func `what a group was handed again by command goes when it is through with it`() async throws {
        let bank = try await Bank.open()
        let retries = RedisKey.retries("g", tag: Self.stream.tag)
        try await bank.fill(retries)
        try await bank.client.sadd(.criticalGroups(of: retries), ["g"])
        try await bank.read(50, of: retries, acknowledging: true)
        try await bank.trim(bank.consumer())
        #expect((41...60).contains(try await bank.client.xlen(retries)))
        await bank.client.close()
    }

    @Test(arguments: [true, false])
    func `streams wait for a group that is critical, and for no other`(isCritical: Bool) async throws {
        let bank = try await Bank.open()
        let consumer = bank.consumer(retention: .hours(1), isCritical: isCritical)
        let loop = try TestLoops.shared().loops[0]
        let worker = Task { try await loop.run { try await consumer.run() } }
        defer { worker.cancel() }
        try await bank.client.send(["XADD", .key(Self.stream), "*", "n", "1"])
        try await eventually("the entry") {
            let groups = try? await bank.client.send(["XINFO", "GROUPS", .key(Self.stream)])
            let fields = groups?.array?.first?.array ?? []
            guard let place = fields.firstIndex(where: { $0.text == "entries-read" }) else { return false }
            return fields[place + 1].integer == 1
        }
        for stream in consumer.streams {
            #expect(try await bank.client.smembers(.criticalGroups(of: stream)) == (isCritical ? ["g"] : []))
        }
        await bank.client.close()
    }

    @Test func `a backlog is what nobody has yet and what nobody is done with, and as old as its oldest`() async throws
    {
        let bank = try await Bank.open(group: "measured")
        let consumer = bank.consumer(partitions: 2)  // the second stream is not there yet
        try await bank.fill(Self.stream) { "1000000000000-\($0)" }
        try await bank.read(30, of: Self.stream, acknowledging: true)
        try await bank.read(20, of: Self.stream, acknowledging: false)
        try await StreamKeeper(consumer: consumer).measure()
        #expect(EventMetrics.backlog.with("measured").value == 70)
        let age = Double(WallClock.milliseconds()) / 1000 - 1_000_000_000
        #expect(abs(EventMetrics.oldest.with("measured").value - age) < 600)
        await bank.client.close()
    }

    @Test func `as many dead letters are listed as were asked for, and each has a name`() async throws {
        let bank = try await Bank.open()
        for tag in ["{u00}", "{u05}"] {
            for number in 1...2 {
                try await bank.client.send([
                    "XADD", .key(.deadLetters("g", tag: tag)), .text("7-\(number)"), "reason", "r", "attempts", "3",
                    "source",
                    "s", "source-id", .text("5-\(number)"), "type", .text(tag),
                ])
            }
        }
        let letters = DeadLetters(group: "g", redis: bank.client)
        #expect(try await letters.list(limit: 3).map(\.name) == ["u00/7-1", "u00/7-2", "u05/7-1"])
        let letter = try #require(try await letters.letter(named: "u05/7-2"))
        #expect(letter.sourceID == "5-2" && letter.attempts == 3)
        #expect(letter.entry.fields.map(\.name) == ["type"] && letter.entry.text("type") == "{u05}")
        #expect(try await letters.letter(named: "u05/7-9") == nil)
        await bank.client.close()
    }
}
