/// How many requests somebody may make in a window of fixed length.
package struct RateLimitPolicy: Sendable, Hashable {
    package let quota: Int
    /// Seconds.
    package let window: Int

    package init(quota: Int, window: Int) {
        self.quota = quota
        self.window = window
    }
}

/// A budget of requests that an address or a person has.
package enum RateLimitBudget: Int, Sendable, Hashable, CaseIterable {
    /// By people without a token, per address (an IPv6 /64 counts as one).
    case anonymousRead, anonymousWrite
    /// By somebody with a token, per person.
    case personRead, personWrite
    /// Tries at passwords, registrations and refresh tokens, per address.
    case authentication

    package var policy: RateLimitPolicy {
        switch self {
        case .anonymousRead: RateLimitPolicy(quota: 1200, window: 60)
        case .anonymousWrite: RateLimitPolicy(quota: 60, window: 60)
        case .personRead: RateLimitPolicy(quota: 1800, window: 60)
        case .personWrite: RateLimitPolicy(quota: 600, window: 60)
        case .authentication: RateLimitPolicy(quota: 30, window: 60)
        }
    }

    /// Where limits are relaxed nobody reaches one, and the headers still have their figures.
    package static let relaxed = RateLimitPolicy(quota: 1_000_000, window: 60)
}
