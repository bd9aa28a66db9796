import Synchronization

/// The sessions clients use.
final class SessionTable: Sendable {
    /// As `hello` announces it.
    static let timeoutMinutes = 30
    /// A transaction older than this is aborted, as in MongoDB (`transactionLifetimeLimitSeconds`).
    static let transactionLifetimeMS: Int64 = 60_000

    private let store: Store
    private let sessions = Mutex<[SessionID: SessionState]>([:])

    init(store: Store) { self.store = store }

    func touch(_ id: SessionID) { sessions.withLock { $0[id]?.lastUsed = Clock.monotonic } }

    /// Does something with a session that nobody else then uses.
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
        abort(ended.filter { $0.progress != nil } + ended) { _ in true }
    }

    func connectionClosed(_ connection: Int32) {
        let isItsOwn = { (progress: SessionState.Progress) in progress.connection == connection }
        abort(all { $0.progress.map(isItsOwn) == true }, where: isItsOwn)
    }

    /// Aborts transactions that live too long and forgets sessions nobody uses.
    func expire() {
        let now = Clock.monotonic
        let unused = all { $0.progress == nil && now - $0.lastUsed > Int64(Self.timeoutMinutes) * 60_000 }
        sessions.withLock { sessions in for state in unused { sessions[state.id] = nil } }
        let isTooOld = { (progress: SessionState.Progress) in now - progress.startedAt > Self.transactionLifetimeMS }
        abort(all { $0.progress.map(isTooOld) == true }, where: isTooOld)
    }

    private func all(where condition: (SessionState) -> Bool) -> [SessionState] {
        sessions.withLock { $0.values.filter(condition) }
    }

    /// - Parameter condition: asked again once nothing runs in the session.
    private func abort(_ states: [SessionState], where condition: (SessionState.Progress) -> Bool) {
        for state in states {
            state.lock.locked { if state.progress.map(condition) == true { state.endTransaction() } }
        }
    }
}
