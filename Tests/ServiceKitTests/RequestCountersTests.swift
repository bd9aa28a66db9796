import Domain
import HTTPServer
import Testing

@testable import ServiceKit

@Suite struct RequestCountersTests {
    private let address = RequestCounters.Subject(who: .address(IPAddress(v4: 1)), budget: .anonymousWrite)
    private let other = RequestCounters.Subject(who: .address(IPAddress(v4: 2)), budget: .anonymousWrite)

    @Test func `the quota is exact and ends with the window`() {
        let counters = RequestCounters()
        let quota = RateLimitBudget.anonymousWrite.policy.quota
        for used in 1...quota {
            let decision = counters.count(address, now: 600)
            #expect(decision.isAllowed)
            #expect(decision.remaining == quota - used)
        }
        #expect(!counters.count(address, now: 659).isAllowed)
        #expect(counters.count(address, now: 659).resetsIn == 1)
        #expect(counters.count(other, now: 659).isAllowed)
        #expect(counters.count(address, now: 660).isAllowed)
    }

    @Test func `what others counted counts here once it is known`() {
        let counters = RequestCounters()
        let quota = RateLimitBudget.anonymousWrite.policy.quota
        for _ in 0..<20 { _ = counters.count(address, now: 600) }
        let delta = counters.deltas(now: 601)
        #expect(delta == [.init(subject: address, window: 10, count: 20)])
        counters.settle(delta[0], everywhere: quota - 1)
        #expect(counters.deltas(now: 601).isEmpty)
        #expect(counters.count(address, now: 602).remaining == 0)
        #expect(!counters.count(address, now: 602).isAllowed)
    }

    @Test func `those far from their limit are nobody else's business`() {
        let counters = RequestCounters()
        _ = counters.count(address, now: 600)
        #expect(counters.deltas(now: 600).isEmpty)
        #expect(counters.size == 1)
        _ = counters.deltas(now: 660)
        #expect(counters.size == 0)
    }

    @Test func `a relaxed quota is one that nobody reaches`() {
        let counters = RequestCounters(relaxed: true)
        for _ in 0..<5000 { #expect(counters.count(address, now: 600).isAllowed) }
    }
}
