import Synchronization

/// Tells one service to stop. Raised once; it stays raised.
package final class ShutdownSignal: Sendable {
    /// The signal of the service that the current task belongs to. Child tasks and `loop.spawn` inherit it.
    @TaskLocal package static var current: ShutdownSignal?

    private struct State {
        var isRaised = false
        var actions: [Int: @Sendable () -> Void] = [:]
        var next = 0
    }

    private let state = Mutex(State())

    package init() {}

    package var isRaised: Bool { state.withLock { $0.isRaised } }

    package func raise() {
        let actions = state.withLock { state in
            state.isRaised = true
            defer { state.actions = [:] }
            return state.actions.values
        }
        for action in actions { action() }
    }

    /// Calls `action` when the signal is raised, or now if it has been.
    ///
    /// - Returns: for `forget`.
    @discardableResult
    package func onRaise(_ action: @escaping @Sendable () -> Void) -> Int {
        let number: Int? = state.withLock { state in
            if state.isRaised { return nil }
            state.next += 1
            state.actions[state.next] = action
            return state.next
        }
        if number == nil { action() }
        return number ?? 0
    }

    package func forget(_ number: Int) { state.withLock { $0.actions[number] = nil } }

    /// Returns when the signal is raised or the task is cancelled.
    package func wait() async {
        let waiter = Waiter()
        let number = onRaise { waiter.resume() }
        await withTaskCancellationHandler {
            await withCheckedContinuation { waiter.set($0) }
        } onCancel: {
            waiter.resume()
        }
        forget(number)
    }

    /// Runs `body` and cancels it when the signal is raised: for loops of reads that may be cut short anywhere.
    package func cancelling<Result: Sendable>(_ body: @escaping @Sendable () async throws -> Result) async throws
        -> Result
    {
        try await withThrowingTaskGroup(of: Result?.self) { group in
            group.addTask { try await body() }
            group.addTask {
                await self.wait()
                return nil
            }
            defer { group.cancelAll() }
            // The first to end decides; when it was the signal, the body is cancelled and its end awaited.
            if let result = try await group.next() ?? nil { return result }
            group.cancelAll()
            guard let result = try await group.next() ?? nil else { throw CancellationError() }
            return result
        }
    }
}

/// A continuation that is resumed once, by whoever comes first.
private final class Waiter: Sendable {
    private enum State {
        case idle
        case waiting(CheckedContinuation<Void, Never>)
        case resumed
    }

    private let state = Mutex(State.idle)

    func set(_ continuation: CheckedContinuation<Void, Never>) {
        let isLate = state.withLock { state in
            if case .resumed = state { return true }
            state = .waiting(continuation)
            return false
        }
        if isLate { continuation.resume() }
    }

    func resume() {
        let continuation: CheckedContinuation<Void, Never>? = state.withLock { state in
            defer { state = .resumed }
            if case .waiting(let continuation) = state { return continuation }
            return nil
        }
        continuation?.resume()
    }
}
