/// Whether a host is asked at all: after a run of failures it is left alone for a while, then one request tries it.
struct CircuitBreaker {
    private enum State: Equatable {
        case closed(failures: Int)
        case open(until: UInt64)
        case probing(since: UInt64)
    }

    private let failuresToOpen: Int
    private let openFor: UInt64
    private var state = State.closed(failures: 0)

    /// - Parameter openFor: nanoseconds.
    init(failuresToOpen: Int, openFor: UInt64) {
        self.failuresToOpen = failuresToOpen
        self.openFor = openFor
    }

    /// Whether a request may be sent now; the first one after an open time is the probe.
    mutating func admits(at now: UInt64) -> Bool {
        guard failuresToOpen > 0 else { return true }
        switch state {
        case .closed: return true
        case .open(let until):
            guard now >= until else { return false }
            state = .probing(since: now)
            return true
        case .probing(let since):
            guard now >= since &+ openFor else { return false }  // the probe was given up: another one
            state = .probing(since: now)
            return true
        }
    }

    mutating func succeeded() { state = .closed(failures: 0) }

    mutating func failed(at now: UInt64) {
        guard failuresToOpen > 0 else { return }
        switch state {
        case .closed(let failures) where failures + 1 < failuresToOpen: state = .closed(failures: failures + 1)
        case .closed, .probing, .open: state = .open(until: now &+ openFor)
        }
    }

    /// Nothing is waiting on its memory: it may be forgotten.
    var isIdle: Bool { state == .closed(failures: 0) }
}

/// Retries are paid from a budget that requests fill, so that an outage does not multiply the load on what is left.
struct RetryBudget {
    private var tokens: Double
    private let most: Double
    private let perRequest: Double

    init(most: Double = 10, perRequest: Double = 0.1) {
        tokens = most
        self.most = most
        self.perRequest = perRequest
    }

    mutating func requestSent() { tokens = min(most, tokens + perRequest) }

    /// Takes one retry, if there is one left.
    mutating func take() -> Bool {
        guard tokens >= 1 else { return false }
        tokens -= 1
        return true
    }
}
