import Domain
import HTTPServer

/// Decides whether a request is one too many, and says so in the headers.
package struct RequestLimits: Sendable {
    private let counters: RequestCounters
    private let shared: SharedCounters

    package init(counters: RequestCounters, shared: SharedCounters) {
        self.counters = counters
        self.shared = shared
    }

    /// What was decided about one request.
    package struct Verdict: Sendable {
        let decision: RequestCounters.Decision
        let budget: RateLimitBudget
    }

    /// Counts a request, without suspending for the budgets that the process keeps itself.
    ///
    /// - Returns: nil where the route has no limit, or where only Redis may decide (`countExactly`).
    func count(_ request: Request, as limit: RateLimitClass, now: Instant) -> Verdict? {
        let isSafe: Bool
        switch limit {
        case .none, .auth: return nil
        case .read: isSafe = true
        case .write: isSafe = false
        }
        let subject: RequestCounters.Subject
        if let caller = request.caller {
            subject = .init(who: .person(caller.userID), budget: isSafe ? .personRead : .personWrite)
        } else {
            subject = .init(
                who: .address(request.remoteAddress.household), budget: isSafe ? .anonymousRead : .anonymousWrite)
        }
        return Verdict(decision: counters.count(subject, now: now.milliseconds / 1000), budget: subject.budget)
    }

    /// Counts a try at a password or a token, for all processes at once; by this process alone while Redis is away.
    func countExactly(_ request: Request, now: Instant) async -> Verdict {
        let subject = RequestCounters.Subject(
            who: .address(request.remoteAddress.household), budget: .authentication)
        let seconds = now.milliseconds / 1000
        do {
            let decision = try await shared.countExactly(subject, now: seconds)
            return Verdict(decision: decision, budget: .authentication)
        } catch {
            return Verdict(decision: counters.count(subject, now: seconds), budget: .authentication)
        }
    }

    /// - Throws: 429 when the request was one too many.
    func enforce(_ verdict: Verdict) throws(Problem) {
        guard !verdict.decision.isAllowed else { return }
        throw Problem(.rateLimited, retryAfter: .seconds(verdict.decision.resetsIn))
    }

    func status(_ verdict: Verdict) -> RateLimitStatus {
        let policy = counters.policy(of: verdict.budget)
        return RateLimitStatus(
            remaining: verdict.decision.remaining, resetsIn: verdict.decision.resetsIn, quota: policy.quota,
            window: policy.window)
    }
}
