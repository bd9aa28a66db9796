import Domain
import HTTPServer
import RedisClient
import Telemetry
import TestSupport
import Testing

@testable import ServiceKit

/// What several processes count of one subject.
@Suite struct SharedCountersLiveTests {
    /// One process.
    private struct Process {
        let counters = RequestCounters()
        let shared: SharedCounters

        init(_ client: RedisClient) {
            shared = SharedCounters(redis: client, counters: counters, log: Logger(label: "test"))
        }

        func count(_ subject: RequestCounters.Subject, times: Int) {
            for _ in 0..<times { _ = counters.count(subject, now: 600) }
        }

        /// Left of the quota, this request included.
        func remaining(_ subject: RequestCounters.Subject) -> Int { counters.count(subject, now: 600).remaining }
    }

    private func writer(_ number: UInt32) -> RequestCounters.Subject {
        .init(who: .address(IPAddress(v4: number)), budget: .anonymousWrite)
    }

    private func milliseconds(_ key: RedisKey, _ client: RedisClient) async throws -> Int64 {
        try #require(try await client.send(["PTTL", .key(key)]).integer)
    }

    @Test func `processes learn what the others counted, of each subject its own`() async throws {
        let redis = try await TestRedis.start()
        let client = try redis.client()
        let (one, other) = (Process(client), Process(client))
        for number in 1...4 as ClosedRange<UInt32> {
            one.count(writer(number), times: 15 + Int(number))
            other.count(writer(number), times: 20 + Int(number))
        }
        try await one.shared.exchange(now: 601)
        try await other.shared.exchange(now: 601)
        for number in 1...4 as ClosedRange<UInt32> {
            #expect(other.remaining(writer(number)) == 60 - 35 - 2 * Int(number) - 1)
            #expect(one.remaining(writer(number)) == 60 - 15 - Int(number) - 1, "it has not asked since")
        }
        try await one.shared.exchange(now: 602)
        for number in 1...4 as ClosedRange<UInt32> {
            // The other's last request is not told yet.
            #expect(one.remaining(writer(number)) == 60 - 35 - 2 * Int(number) - 2)
        }
        let left = try await milliseconds(.limit(writer(1).name, window: 10), client)
        #expect((60_000...120_000).contains(left), "a counter outlives its window, and not for long")
        await client.close()
    }

    @Test func `tries at authentication are counted by all processes at once`() async throws {
        let redis = try await TestRedis.start()
        let client = try redis.client()
        let processes = [Process(client), Process(client)]
        let subject = RequestCounters.Subject(who: .address(IPAddress(v4: 7)), budget: .authentication)
        for used in 1...30 {
            let decision = try await processes[used % 2].shared.countExactly(subject, now: 600 + Int64(used))
            #expect(decision == .init(isAllowed: true, remaining: 30 - used, resetsIn: 60 - used))
        }
        #expect(try await !processes[0].shared.countExactly(subject, now: 659).isAllowed)
        #expect(try await processes[0].shared.countExactly(subject, now: 660).remaining == 29)
        #expect((60_000...120_000).contains(try await milliseconds(.limit(subject.name, window: 10), client)))
        await client.close()
    }

    @Test func `without Redis a process counts tries at authentication by itself`() async throws {
        let redis = try await TestRedis.start()
        var options = RedisOptions.forTests
        options.patience = .milliseconds(1)
        let client = try redis.client(options: options)
        try await redis.kill()
        let process = Process(client)
        let limits = RequestLimits(counters: process.counters, shared: process.shared)
        let now = Instant(milliseconds: 600_000)
        var allowed = 0
        for _ in 0..<35 { if await limits.countExactly(Request(), now: now).decision.isAllowed { allowed += 1 } }
        #expect(allowed == 30)
        await client.close()
    }
}
