import Domain
import HTTPServer
import RedisClient
import Telemetry
import TestSupport
import Testing

@testable import ServiceKit

/// Whose budget a request draws on.
@Suite struct RequestLimitsLiveTests {
    private let now = Instant(milliseconds: 600_000)

    private func withLimits(_ body: (RequestLimits) async throws -> Void) async throws {
        let client = try await TestRedis.shared().client()
        let counters = RequestCounters()
        let shared = SharedCounters(redis: client, counters: counters, log: Logger(label: "test"))
        try await body(RequestLimits(counters: counters, shared: shared))
        await client.close()
    }

    private func request(_ address: String, _ person: UserID? = nil) throws -> Request {
        let caller = person.map {
            Caller(
                userID: $0, sessionID: .new(), deviceID: "d", tier: .free, roles: [], accountCreatedAt: now,
                tokenExpiresAt: now + .hours(1))
        }
        return Request(caller: caller, remoteAddress: try #require(IPAddress(address)))
    }

    @Test func `addresses have budgets for reading and for writing, and so have people`() async throws {
        try await withLimits { (limits: RequestLimits) async throws in
            let quotas = try [nil, UserID.new()].flatMap { person in
                try [RateLimitClass.read, .write].map { limit in
                    let verdict = try #require(limits.count(try request("192.0.2.1", person), as: limit, now: now))
                    let status = limits.status(verdict)
                    #expect(status.remaining == status.quota - 1 && status.window == 60 && status.resetsIn == 60)
                    return status.quota
                }
            }
            #expect(quotas == [1200, 60, 1800, 600])
            #expect(limits.count(try request("192.0.2.1"), as: .none, now: now) == nil)
            #expect(limits.count(try request("192.0.2.1"), as: .auth, now: now) == nil)
        }
    }

    @Test func `a person is one wherever they are, and a household is one without a token`() async throws {
        try await withLimits { (limits: RequestLimits) async throws in
            func left(_ request: Request) throws -> Int {
                try #require(limits.count(request, as: .write, now: now)).decision.remaining
            }
            let (ann, bob) = (UserID.new(), UserID.new())
            #expect(try left(request("192.0.2.1", ann)) == 599)
            #expect(try left(request("192.0.2.2", ann)) == 598)
            #expect(try left(request("192.0.2.1", bob)) == 599)
            #expect(try left(request("2001:db8:0:1::1")) == 59)
            #expect(try left(request("2001:db8:0:1:ffff::2")) == 58)
            #expect(try left(request("2001:db8:0:2::1")) == 59)
            #expect(try left(request("192.0.2.1")) == 59)
            #expect(try left(request("192.0.2.2")) == 59)
        }
    }

    @Test func `tries at authentication are counted by household too`() async throws {
        try await withLimits { (limits: RequestLimits) async throws in
            for (address, left) in [("2001:db8:0:1::1", 29), ("2001:db8:0:1::2", 28), ("2001:db8:0:2::1", 29)] {
                let verdict = await limits.countExactly(try request(address), now: now)
                #expect(verdict.decision.remaining == left)
            }
        }
    }

    @Test func `one request too many is told when to come back`() async throws {
        try await withLimits { (limits: RequestLimits) async throws in
            var verdict = try #require(limits.count(try request("192.0.2.1"), as: .write, now: now))
            for _ in 1..<60 {
                try limits.enforce(verdict)
                verdict = try #require(limits.count(try request("192.0.2.1"), as: .write, now: now))
            }
            try limits.enforce(verdict)
            verdict = try #require(limits.count(try request("192.0.2.1"), as: .write, now: now + .seconds(18)))
            let refusal = #expect(throws: Problem.self) { try limits.enforce(verdict) }
            #expect(refusal?.code == .rateLimited && refusal?.retryAfter == .seconds(42))
        }
    }
}
