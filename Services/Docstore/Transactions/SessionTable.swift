import Synchronization

/// The sessions clients use.
package final class SessionTable: Sendable {
    /// As `hello` announces it.
    static let timeoutMinutes = 30
    /// A transaction older than this is aborted, as in MongoDB (`transactionLifetimeLimitSeconds`).
    static let transactionLifetimeMS: Int64 = 60_000

    private struct Entry {
        let state: SessionState
        var lastUsed: Int64
    }

    private struct Contents {
        var entries: [SessionID: Entry] = [:]
        var nextIdentifier: Int64 = 1
    }

    private let store: Store
    private let contents = Mutex(Contents())

    init(store: Store) { self.store = store }

    func touch(_ id: SessionID) {
        contents.withLock { $0.entries[id]?.lastUsed = Clock.monotonic }
    }

    private func state(_ id: SessionID) throws -> SessionState {
        try contents.withLock { contents in
            if contents.entries[id] == nil {
                contents.entries[id] = Entry(state: try SessionState(id: id, store: store), lastUsed: 0)
            }
            contents.entries[id]?.lastUsed = Clock.monotonic
            return try contents.entries[id]?.state ?? SessionState(id: id, store: store)
        }
    }

    private func newIdentifier() -> Int64 {
        contents.withLock { contents in
            defer { contents.nextIdentifier += 1 }
            return contents.nextIdentifier
        }
    }

    /// Runs a command as part of a transaction; any error ends the transaction.
    func inTransaction<R>(
        _ id: SessionID, _ options: SessionOptions, _ connection: ConnectionInfo,
        _ body: (Transaction) throws -> R
    ) throws -> R {
        let state = try state(id)
        return try state.lock.locked {
            let transaction = try state.transaction(
                options.transactionNumber ?? -1, starts: options.startsTransaction, identifier: newIdentifier())
            state.note(connection: connection.id)
            do {
                let result = try body(transaction)
                if transaction.hasFailed { state.endTransaction() }
                return result
            } catch {
                state.endTransaction()
                throw error
            }
        }
    }

    /// Runs a write that a client may send again.
    func retryable<R>(
        _ id: SessionID, number: Int64, _ body: (inout RetryLog) throws -> R
    ) throws -> R {
        let state = try state(id)
        return try state.lock.locked {
            var log = try state.beginRetryable(number)
            do {
                let result = try body(&log)
                state.retryLog = log
                return result
            } catch let error as StorageError {
                throw error  // taken back: what the log noted did not happen
            } catch {
                state.retryLog = log
                throw error
            }
        }
    }

    func commit(_ id: SessionID, number: Int64) throws {
        let state = try state(id)
        try state.lock.locked { try state.commit(number) }
    }

    func abort(_ id: SessionID, number: Int64) throws {
        let state = try state(id)
        try state.lock.locked { try state.abort(number) }
    }

    /// Ends sessions: what they have in progress is aborted. What they committed stays known until it expires.
    func end(_ ids: [SessionID]?) {
        let ended = contents.withLock { contents in
            (ids ?? Array(contents.entries.keys)).compactMap { contents.entries.removeValue(forKey: $0)?.state }
        }
        // Those with a transaction first: others may be waiting for them.
        let running = ended.filter { $0.progress != nil }
        let others = ended.filter { $0.progress == nil }
        for state in running + others { state.lock.locked { state.endTransaction() } }
    }

    func connectionClosed(_ connection: Int32) {
        let states = contents.withLock { contents in
            contents.entries.values.map(\.state).filter { $0.progress?.connection == connection }
        }
        for state in states {
            state.lock.locked {
                if state.progress?.connection == connection { state.endTransaction() }
            }
        }
    }

    /// Aborts transactions that live too long and forgets sessions nobody uses.
    func expire() {
        let now = Clock.monotonic
        let old = contents.withLock { contents in
            let limit = now - Int64(Self.timeoutMinutes) * 60_000
            contents.entries = contents.entries.filter { $0.value.lastUsed > limit || $0.value.state.progress != nil }
            return contents.entries.values.map(\.state).filter { state in
                state.progress.map { now - $0.startedAt > Self.transactionLifetimeMS } ?? false
            }
        }
        for state in old {
            state.lock.locked {
                if let running = state.progress, now - running.startedAt > Self.transactionLifetimeMS {
                    state.endTransaction()
                }
            }
        }
    }
}
