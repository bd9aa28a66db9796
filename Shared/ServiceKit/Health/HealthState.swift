/// Whether one dependency counts as up: a pure state machine with hysteresis, so that one lost packet neither takes a
/// process out of the balancer nor puts it back.
package struct HealthState: Sendable, Equatable {
    package static let failuresToFall = 3
    package static let successesToRise = 2

    package private(set) var isUp = false
    /// What the last probe that failed said; nil while probes succeed.
    package private(set) var reason: String? = "not probed yet"
    private var streak = 0
    private var hasBeenUp = false

    package init() {}

    package enum Outcome: Sendable, Equatable {
        case success
        case failure(String)
    }

    /// Takes a probe's outcome in.
    ///
    /// The first success of all counts at once: a starting process has nothing to be careful about.
    package mutating func record(_ outcome: Outcome) {
        switch outcome {
        case .success:
            streak = isUp ? 0 : streak + 1
            if !isUp, !hasBeenUp || streak >= Self.successesToRise { rise() }
            reason = nil
        case .failure(let why):
            streak = isUp ? streak + 1 : 0
            if isUp, streak >= Self.failuresToFall {
                isUp = false
                streak = 0
            }
            reason = why
        }
    }

    private mutating func rise() {
        isUp = true
        hasBeenUp = true
        streak = 0
    }
}
