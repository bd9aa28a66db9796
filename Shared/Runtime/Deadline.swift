/// The time allowed for something passed.
package struct DeadlineExceeded: Error, Equatable, CustomStringConvertible {
    package let allowed: Duration

    package init(allowed: Duration) { self.allowed = allowed }

    package var description: String { "took longer than \(allowed)" }
}

/// Runs `operation`, and cancels it when it takes longer than `allowed`.
///
/// The operation has to heed cancellation: structured concurrency waits for it all the same.
/// - Throws: `DeadlineExceeded`, or what the operation throws.
package func withDeadline<Success: Sendable>(
    _ allowed: Duration, _ operation: @escaping @Sendable () async throws -> Success
) async throws -> Success {
    try await withThrowingTaskGroup(of: Success?.self) { group in
        group.addTask { try await operation() }
        group.addTask {
            if let loop = EventLoop.current {
                try await loop.sleep(for: allowed)
            } else {
                try await Task.sleep(for: allowed)
            }
            return nil
        }
        defer { group.cancelAll() }
        // Two children are in the group, so `next` has a value; a nil value is the timer's.
        guard let first = try await group.next(), let value = first else { throw DeadlineExceeded(allowed: allowed) }
        return value
    }
}
