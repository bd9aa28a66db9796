package import Domain
package import HTTPServer
import Synchronization

/// Counts requests in fixed windows, in this process, and tells what the others should learn.
///
/// A request costs a look-up and no command to Redis. What several processes count is brought together once a second,
/// and only for those who have used a fair part of their quota: somebody can exceed a limit by what the other processes
/// let through within that second, which is the price of not asking Redis for each request.
package final class RequestCounters: Sendable {
    /// Who is counted, and for what.
    package struct Subject: Hashable, Sendable {
        package enum Who: Hashable, Sendable {
            case address(IPAddress)
            case person(UserID)
        }

        package let who: Who
        package let budget: RateLimitBudget

        /// One word: the few budgets that one subject draws on may collide.
        package func hash(into hasher: inout Hasher) {
            switch who {
            case .address(let address): hasher.combine(address.high ^ address.low)
            case .person(let person): hasher.combine(person.objectID.high ^ UInt64(person.objectID.low))
            }
        }

        /// How the others call it.
        var name: String {
            switch who {
            case .address(let address): "\(budget.rawValue):\(address)"
            case .person(let person): "\(budget.rawValue):\(person.hex)"
            }
        }
    }

    package struct Decision: Sendable, Equatable {
        package let isAllowed: Bool
        package let remaining: Int
        /// Seconds until the window ends, at least 1.
        package let resetsIn: Int
    }

    /// Figures of one subject that the others do not know yet.
    package struct Delta: Sendable, Equatable {
        package let subject: Subject
        package let window: Int64
        package let count: Int
    }

    private struct Count {
        var window: Int64
        var own = 0
        var published = 0
        /// What all processes had counted when this one last asked, its own included.
        var everywhere = 0

        var total: Int { everywhere + own - published }

        /// Counts one request, from nothing where a new window has begun. Returns the total.
        mutating func countOne(in window: Int64) -> Int {
            if self.window != window { self = Count(window: window) }
            own += 1
            return total
        }
    }

    /// From this part of a quota on, a count is shared.
    private static let sharedFrom = 4
    private static let capacity = 200_000

    private let counts = Mutex<[Subject: Count]>([:])

    private let policies: [RateLimitPolicy]

    /// - Parameter relaxed: whether everybody gets a quota that nobody reaches.
    package init(relaxed: Bool = false) {
        policies = RateLimitBudget.allCases.map { relaxed ? RateLimitBudget.relaxed : $0.policy }
    }

    package func policy(of budget: RateLimitBudget) -> RateLimitPolicy { policies[budget.rawValue] }

    /// Counts one request.
    ///
    /// - Parameter now: seconds since 1970.
    package func count(_ subject: Subject, now: Int64) -> Decision {
        let policy = policy(of: subject.budget)
        let length = Int64(policy.window)
        let window = now / length
        let resetsIn = Int(length - now % length)
        return counts.withLock { counts in
            // Somebody who sends from ever new addresses must not fill the memory: then everybody's window starts anew.
            if counts.count >= Self.capacity { counts.removeAll(keepingCapacity: true) }
            let total = counts[subject, default: Count(window: window)].countOne(in: window)
            let remaining = policy.quota - total
            return Decision(isAllowed: remaining >= 0, remaining: max(0, remaining), resetsIn: resetsIn)
        }
    }

    /// What has been counted since the last call and is worth telling; forgets windows that are over.
    package func deltas(now: Int64) -> [Delta] {
        counts.withLock { counts in
            counts = counts.filter { $0.value.window >= now / Int64(policy(of: $0.key.budget).window) }
            return counts.compactMap { subject, count in
                guard count.own > count.published, count.total * Self.sharedFrom >= policy(of: subject.budget).quota
                else { return nil }
                return Delta(subject: subject, window: count.window, count: count.own - count.published)
            }
        }
    }

    /// Takes in what all processes have counted, this one's delta included.
    package func settle(_ delta: Delta, everywhere: Int) {
        counts.withLock { counts in
            guard var count = counts[delta.subject], count.window == delta.window else { return }
            count.published += delta.count
            count.everywhere = everywhere
            counts[delta.subject] = count
        }
    }

    var size: Int { counts.withLock { $0.count } }
}
