import BSON
import Synchronization

/// Where one session is: the last transaction number it used, and what became of it. Guarded by `lock`, which a command
/// holds for as long as it runs, so that a session does one thing at a time: hence `@unchecked Sendable`.
final class SessionState: @unchecked Sendable {
    private enum Outcome {
        case none, committed, aborted
        case retryable(RetryLog)
        case inProgress(Transaction)
    }

    let lock = Monitor()
    let id: SessionID
    /// Monotonic milliseconds; guarded by the table.
    var lastUsed = Clock.monotonic
    private let store: Store
    private var number: Int64 = -1
    private var outcome = Outcome.none

    /// The running transaction, as housekeeping and closing connections see it without waiting for a running command:
    /// when it began (monotonic milliseconds), and the connection it was last heard of on.
    typealias Progress = (startedAt: Int64, connection: Int32)
    private let running = Mutex<Progress?>(nil)
    var progress: Progress? { running.withLock { $0 } }

    init(id: SessionID, store: Store) throws {
        self.id = id
        self.store = store
        guard let record = try store.record(of: id), let last = record.int64("number") else { return }
        number = last
        outcome = record.bool("committed") == true ? .committed : .retryable(RetryLog(id, last, stored: record))
    }

    private func requireNew(_ requested: Int64) throws {
        try require(requested >= number, .transactionTooOld, "txnNumber \(requested) is older than \(number)")
    }

    func retryable<R>(_ requested: Int64, _ body: (inout RetryLog) throws -> R) throws -> R {
        try requireNew(requested)
        if requested > number {
            endTransaction()
            number = requested
            outcome = .retryable(RetryLog(id, number))
        }
        guard case .retryable(var log) = outcome else {
            throw CommandError(.incompatibleTransaction, "txnNumber \(requested) is not one of a retryable write")
        }
        let result = Result { try body(&log) }
        // After a storage error everything was taken back: what the log noted did not happen.
        if case .failure(let error) = result, error is StorageError {} else { outcome = .retryable(log) }
        return try result.get()
    }

    /// Runs a command as part of a transaction, which it may begin; any error ends the transaction.
    func inTransaction<R>(
        _ options: SessionOptions, _ connection: Int32, _ body: (Transaction) throws -> R
    ) throws -> R {
        let requested = options.transactionNumber ?? -1
        if options.startsTransaction {
            try requireNew(requested)
            try require(requested != number, code: 50911, "txnNumber \(requested) was used already on this session")
            endTransaction()
            outcome = .inProgress(try Transaction(store: store))
            number = requested
        }
        let transaction = try inProgress(requested)
        running.withLock { $0 = ($0?.startedAt ?? Clock.monotonic, connection) }
        defer { if transaction.hasFailed { endTransaction() } }
        do { return try body(transaction) } catch {
            transaction.hasFailed = true
            throw error
        }
    }

    private func inProgress(_ requested: Int64) throws -> Transaction {
        try requireNew(requested)
        switch outcome {
        case .inProgress(let transaction) where requested == number: return transaction
        case .committed where requested == number:
            throw CommandError(.transactionCommitted, "Transaction \(requested) has been committed.")
        default: throw CommandError(.noSuchTransaction, "Transaction \(requested) was aborted or never began.")
        }
    }

    /// A repeated commit is answered like the first.
    func commit(_ requested: Int64) throws {
        if case .committed = outcome, requested == number { return }
        let current = try inProgress(requested)
        forgetTransaction()
        try current.commit(SessionRecord(id, requested, isCommitted: true))
        outcome = .committed
    }

    func abort(_ requested: Int64) throws {
        _ = try inProgress(requested)
        endTransaction()
    }

    func endTransaction() {
        guard case .inProgress(let current) = outcome else { return }
        forgetTransaction()
        current.abort()
    }

    private func forgetTransaction() {
        outcome = .aborted
        running.withLock { $0 = nil }
    }
}
