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

    @Test func `what is counted while the others are being told is told next time`() {
        let counters = RequestCounters()
        for _ in 0..<20 { _ = counters.count(address, now: 600) }
        let first = counters.deltas(now: 600)
        for _ in 0..<5 { _ = counters.count(address, now: 600) }
        counters.settle(first[0], everywhere: 20)
        #expect(counters.deltas(now: 601) == [.init(subject: address, window: 10, count: 5)])
        #expect(counters.count(address, now: 601).remaining == 60 - 26)
    }

    @Test func `what is learnt of a window that is over changes nothing`() {
        let counters = RequestCounters()
        for _ in 0..<20 { _ = counters.count(address, now: 600) }
        let late = counters.deltas(now: 600)
        _ = counters.count(address, now: 660)
        counters.settle(late[0], everywhere: 60)
        #expect(counters.count(address, now: 660).remaining == 58)
    }

    @Test func `a count is shared from a quarter of the quota on`() {
        let counters = RequestCounters()
        for _ in 0..<14 { _ = counters.count(address, now: 600) }
        #expect(counters.deltas(now: 600).isEmpty)
        _ = counters.count(address, now: 600)
        #expect(counters.deltas(now: 600).map(\.count) == [15])
    }

    @Test func `ever new addresses do not fill the memory`() {
        let counters = RequestCounters()
        for number in 0...200_000 as ClosedRange<UInt32> {
            _ = counters.count(.init(who: .address(IPAddress(v4: number)), budget: .anonymousRead), now: 600)
        }
        #expect(counters.size <= 200_000)
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
