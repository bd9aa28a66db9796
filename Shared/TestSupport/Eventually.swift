import FoundationEssentials
import Runtime

/// How much longer than usual the tests wait: `CIRCLE_TEST_PATIENCE`, for sanitizers and slow machines.
package let patience = ProcessInfo.processInfo.environment["CIRCLE_TEST_PATIENCE"].flatMap(Int.init) ?? 1

/// The condition did not come true in time.
package struct NeverHappened: Error, CustomStringConvertible {
    package let description: String

    package init(description: String) { self.description = description }
}

/// Asks again and again until `condition` holds: for what another process or task brings about and nobody announces.
///
/// - Parameter limit: how long a broken test hangs. Only where the time is what is tested is it to be short: machines
///   that run tests may be ten times slower than the one on which they were written.
/// - Throws: `NeverHappened` after `limit`, or what the condition throws.
package func eventually(
    within limit: Duration = .seconds(90), _ what: String = "the condition",
    _ condition: () async throws -> Bool
) async throws {
    let clock = ContinuousClock()
    let end = clock.now + limit * patience
    while true {
        if try await condition() { return }
        guard clock.now < end else {
            throw NeverHappened(description: "\(what) did not hold within \(limit * patience)")
        }
        if let loop = EventLoop.current {
            try await loop.sleep(for: .milliseconds(10))
        } else {
            try await Task.sleep(for: .milliseconds(10))
        }
    }
}

/// The first value that `attempt` finds, asked for again and again.
package func eventually<Value>(
    within limit: Duration = .seconds(90), _ what: String = "the value",
    find attempt: () async throws -> Value?
) async throws -> Value {
    var found: Value?
    try await eventually(within: limit, what) {
        found = try await attempt()
        return found != nil
    }
    guard let found else { throw NeverHappened(description: what) }
    return found
}
