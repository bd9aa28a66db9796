import Ledger
import Runtime

/// Keeps a process's sweep from racing its batches of events for the same authors: batches go side by side, since their
/// streams share no author, and the sweep goes alone, in between.
///
/// Only a matter of cost. Both at once make and encode the same entries, of which the database refuses one half.
final class SettlementTurns: Sendable {
    fileprivate struct State {
        /// Batches under way; -1 is the sweep.
        var running = 0
        var waiting: [Waiter] = []
    }

    fileprivate struct Waiter {
        let isAlone: Bool
        let continuation: CheckedContinuation<Void, Never>
    }

    private let state = Locked(State())

    /// How many wait for their turn.
    var waiting: Int { state.withLock { $0.waiting.count } }

    /// - Parameter alone: for the sweep.
    func take(alone: Bool, _ body: () async throws(LedgerError) -> Void) async throws(LedgerError) {
        await enter(alone)
        defer { leave() }
        try await body()
    }

    private func enter(_ alone: Bool) async {
        await withCheckedContinuation { continuation in
            let isFree = state.withLock { state in
                // In the order in which they came, so that neither waits for ever.
                if state.waiting.isEmpty, state.admit(alone) { return true }
                state.waiting.append(Waiter(isAlone: alone, continuation: continuation))
                return false
            }
            if isFree { continuation.resume() }
        }
    }

    private func leave() {
        let next = state.withLock { state in
            state.running = max(0, state.running - 1)  // the sweep is alone: after it nobody runs
            var next: [Waiter] = []
            while let first = state.waiting.first, state.admit(first.isAlone) {
                next.append(state.waiting.removeFirst())
            }
            return next
        }
        for waiter in next { waiter.continuation.resume() }
    }
}

extension SettlementTurns.State {
    /// - Returns: false when it has to wait.
    fileprivate mutating func admit(_ alone: Bool) -> Bool {
        guard alone ? running == 0 : running >= 0 else { return false }
        running = alone ? -1 : running + 1
        return true
    }
}
