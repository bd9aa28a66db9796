import BSON
import Synchronization

/// Where one session is: the last transaction number it used, and what became of it. Guarded by `lock`, which a command
/// holds for as long as it runs, so that a session does one thing at a time.
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
    struct Progress {
        let startedAt: Int64
        let connection: Int32
    }

    private let running = Mutex<Progress?>(nil)
    var progress: Progress? { running.withLock { $0 } }

    init(id: SessionID, store: Store) throws {
        self.id = id
        self.store = store
        guard let record = try store.record(of: id), let last = record.int64("number") else { return }
        number = last
        outcome = record.bool("committed") == true ? .committed : .retryable(RetryLog(id, last, stored: record))
    }

    private func requireNew(_ requested: Int64, for what: @autoclosure () -> String) throws {
        try require(
            requested >= number, .transactionTooOld,
            "\(what()) because number \(number) has already started on this session.")
    }

    // MARK: retryable writes

    /// What is known of a write that a client may send again.
    func retryLog(_ requested: Int64) throws -> RetryLog {
        try requireNew(requested, for: "Retryable write with txnNumber \(requested) is prohibited")
        if requested > number {
            endTransaction()
            number = requested
            outcome = .retryable(RetryLog(id, number))
        }
        if case .retryable(let log) = outcome { return log }
        throw CommandError(
            .incompatibleTransaction, "Transaction \(requested) of this session is not a retryable write")
    }

    func note(_ log: RetryLog) { outcome = .retryable(log) }

    // MARK: transactions

    /// The transaction that a command belongs to, which it may begin.
    func transaction(_ options: SessionOptions, connection: Int32) throws -> Transaction {
        let requested = options.transactionNumber ?? -1
        if options.startsTransaction {
            try requireNew(requested, for: "Cannot start transaction \(requested)")
            if requested == number {
                throw CommandError(code: 50911, "Cannot start transaction \(requested): the session used this number")
            }
            endTransaction()
            outcome = .inProgress(try Transaction(store: store))
            number = requested
        }
        let current = try inProgress(requested)
        running.withLock { $0 = Progress(startedAt: $0?.startedAt ?? Clock.monotonic, connection: connection) }
        return current
    }

    private func inProgress(_ requested: Int64) throws -> Transaction {
        try requireNew(requested, for: "Cannot continue transaction \(requested)")
        switch outcome {
        case .inProgress(let transaction) where requested == number: return transaction
        case .committed where requested == number:
            throw CommandError(.transactionCommitted, "Transaction \(requested) has been committed.")
        case .aborted where requested == number:
            throw CommandError(.noSuchTransaction, "Transaction \(requested) has been aborted.")
        default:
            throw CommandError(
                .noSuchTransaction,
                "Given transaction number \(requested) does not match any in-progress transactions.")
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
