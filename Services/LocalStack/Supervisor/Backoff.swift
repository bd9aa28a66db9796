/// How long a process that died stays down: at first hardly at all, then longer each time, until it has lived a while.
package struct Backoff: Sendable, Equatable {
    package let first: Double
    package let longest: Double
    package let healthyAfter: Double
    private var next: Double

    package init(first: Double = 0.1, longest: Double = 10, healthyAfter: Double = 5) {
        self.first = first
        self.longest = longest
        self.healthyAfter = healthyAfter
        next = first
    }

    /// Returns the pause in seconds after a process that has lived for `seconds`.
    package mutating func pause(afterLiving seconds: Double) -> Double {
        if seconds >= healthyAfter { next = first }
        defer { next = min(next * 2, longest) }
        return next
    }
}
