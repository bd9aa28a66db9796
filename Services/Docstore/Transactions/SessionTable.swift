import Synchronization

final class SessionTable: Sendable {
    static let timeoutMinutes = 30
    /// A transaction older than this is aborted, as in MongoDB (`transactionLifetimeLimitSeconds`).
    static let transactionLifetimeMS: Int64 = 60_000

    private let store: Store
    private let sessions = Mutex<[SessionID: SessionState]>([:])

    init(store: Store) { self.store = store }

    func touch(_ id: SessionID) { sessions.withLock { $0[id]?.lastUsed = Clock.monotonic } }

    /// Nobody else uses the session meanwhile.
    func with<R>(_ id: SessionID, _ body: (SessionState) throws -> R) throws -> R {
        let state = try sessions.withLock { sessions in
            let state = try sessions[id] ?? SessionState(id: id, store: store)
            state.lastUsed = Clock.monotonic
            sessions[id] = state
            return state
        }
        return try state.lock.locked { try body(state) }
    }

    /// Ends sessions: what they have in progress is aborted. What they committed stays known until it expires.
    /// - Parameter ids: nil for all.
    func end(_ ids: [SessionID]?) {
        let ended = sessions.withLock { sessions in
            (ids ?? Array(sessions.keys)).compactMap { sessions.removeValue(forKey: $0) }
        }
        // Those with a transaction first: others may be waiting for them.
        for state in ended.filter({ $0.progress != nil }) + ended { state.lock.locked { state.endTransaction() } }
    }

    func connectionClosed(_ connection: Int32) { abort(where: { $0.connection == connection }) }

    /// Aborts transactions that live too long and forgets sessions nobody uses.
    func expire() {
        let now = Clock.monotonic
        let timeoutMS = Int64(Self.timeoutMinutes) * 60_000
        sessions.withLock { sessions in
            sessions = sessions.filter { $0.value.progress != nil || now - $0.value.lastUsed <= timeoutMS }
        }
        abort(where: { now - $0.startedAt > Self.transactionLifetimeMS })
    }

    private func abort(where condition: (SessionState.Progress) -> Bool) {
        for state in sessions.withLock({ Array($0.values) }) where state.progress.map(condition) == true {
            // Asked again once nothing runs in the session.
            state.lock.locked { if state.progress.map(condition) == true { state.endTransaction() } }
        }
    }
}
