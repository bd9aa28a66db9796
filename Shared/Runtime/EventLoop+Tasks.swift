extension EventLoop {
    /// Starts a task that stays on this loop. It begins in this tick or the next, never before this call returns.
    @discardableResult
    package func spawn<Success: Sendable>(
        _ operation: sending @escaping @concurrent () async -> Success
    ) -> Task<Success, Never> {
        Task(executorPreference: self, operation: operation)
    }

    /// Starts a task that stays on this loop and runs it at once, on the caller's stack, until it first suspends.
    ///
    /// For request handlers: one that never suspends costs no queueing. Call on the loop.
    @discardableResult
    package func spawnImmediately<Success: Sendable>(
        _ operation: sending @escaping @concurrent () async -> Success
    ) -> Task<Success, Never> {
        assertInLoop()
        return Task.immediate(executorPreference: self, operation: operation)
    }

    /// Runs `operation` on this loop and returns its result, from wherever it is called.
    package func run<Success: Sendable>(
        _ operation: sending @escaping @concurrent () async throws -> Success
    ) async throws -> Success {
        let task = Task(executorPreference: self, operation: operation)
        return try await withTaskCancellationHandler {
            try await task.value
        } onCancel: {
            task.cancel()
        }
    }

    /// Suspends the calling task for `duration`, by a timer of this loop.
    ///
    /// - Throws: when the task is cancelled meanwhile, at once.
    package func sleep(for duration: Duration) async throws(CancellationError) {
        let sleeper = Sleeper()
        let outcome = await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                guard sleeper.begin(continuation) else { return }
                execute { [self] in sleeper.timer = schedule(after: duration) { sleeper.finish(.passed) } }
            }
        } onCancel: {
            sleeper.finish(.cancelled)
            execute { sleeper.timer?.cancel() }
        }
        if outcome == .cancelled { throw CancellationError() }
    }
}

/// A sleeping task: whichever of timer and cancellation comes first resumes it.
private final class Sleeper: @unchecked Sendable {  // `state` has a lock; loop: `timer`
    enum Outcome { case passed, cancelled }

    private enum State {
        case created
        case waiting(CheckedContinuation<Outcome, Never>)
        case finished(Outcome)
    }

    private let state = Locked(State.created)
    var timer: TimerHandle?

    /// False when the task was cancelled before it slept; it is resumed then.
    func begin(_ continuation: CheckedContinuation<Outcome, Never>) -> Bool {
        let finished: Outcome? = state.withLock { state in
            if case .finished(let outcome) = state { return outcome }
            state = .waiting(continuation)
            return nil
        }
        if let finished { continuation.resume(returning: finished) }
        return finished == nil
    }

    func finish(_ outcome: Outcome) {
        let continuation: CheckedContinuation<Outcome, Never>? = state.withLock { state in
            switch state {
            case .created: state = .finished(outcome)
            case .waiting(let continuation):
                state = .finished(outcome)
                return continuation
            case .finished: break
            }
            return nil
        }
        continuation?.resume(returning: outcome)
    }
}
