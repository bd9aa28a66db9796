import BSON
import Synchronization

/// Where one session is: the last transaction number it used, and what became of it. Guarded by `lock`, which a command
/// holds for as long as it runs, so that a session does one thing at a time.
final class SessionState: @unchecked Sendable {
    private enum Outcome { case none, retryableWrite, inProgress, committed, aborted }

    let lock = Monitor()
    let id: SessionID
    private let store: Store
    private var number: Int64 = -1
    private var outcome = Outcome.none
    private var transaction: Transaction?
    /// What the statements of the current retryable write answered.
    var retryLog: RetryLog?

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
        guard let record = try store.record(of: id) else { return }
        number = record.int64("number") ?? -1
        outcome = record.string("kind") == "committed" ? .committed : .retryableWrite
        if outcome == .retryableWrite { retryLog = RetryLog(session: id, number: number, record: record) }
    }

    /// What is known of a write that a client may send again.
    func beginRetryable(_ requested: Int64) throws -> RetryLog {
        if requested < number { throw tooOld("Retryable write with txnNumber \(requested) is prohibited") }
        if requested == number, outcome != .retryableWrite {
            throw CommandError(
                .incompatibleTransaction,
                "Retryable write with txnNumber \(requested) is prohibited on session \(id.name) because a "
                    + "transaction with the same number has already started on this session.")
        }
        if requested > number {
            endTransaction()
            number = requested
            outcome = .retryableWrite
            retryLog = nil
        }
        return retryLog ?? RetryLog(session: id, number: number)
    }

    /// The transaction that a command belongs to, which it may begin.
    func transaction(_ options: SessionOptions, identifier: Int64, connection: Int32) throws -> Transaction {
        let requested = options.transactionNumber ?? -1
        if options.startsTransaction { try begin(requested, identifier: identifier) }
        let current = try inProgress(requested)
        running.withLock { $0 = Progress(startedAt: $0?.startedAt ?? Clock.monotonic, connection: connection) }
        return current
    }

    private func begin(_ requested: Int64, identifier: Int64) throws {
        if requested < number { throw tooOld("Cannot start transaction \(requested)") }
        if requested == number {
            throw CommandError(
                code: 50911,
                "Cannot start a transaction at given transaction number \(requested), a transaction with the same "
                    + "number is in state \(outcome)")
        }
        endTransaction()
        transaction = try Transaction(store: store, identifier: identifier)
        number = requested
        outcome = .inProgress
    }

    private func inProgress(_ requested: Int64) throws -> Transaction {
        if requested < number { throw tooOld("Cannot continue transaction \(requested)") }
        if requested > number || outcome == .none || outcome == .retryableWrite {
            throw CommandError(
                .noSuchTransaction,
                "Given transaction number \(requested) does not match any in-progress transactions. The active "
                    + "transaction number is \(number)")
        }
        if outcome == .committed {
            throw CommandError(.transactionCommitted, "Transaction \(requested) has been committed.")
        }
        guard let transaction else {
            throw CommandError(.noSuchTransaction, "Transaction \(requested) has been aborted.")
        }
        return transaction
    }

    /// A repeated commit is answered like the first.
    func commit(_ requested: Int64) throws {
        if requested == number, outcome == .committed { return }
        let running = try inProgress(requested)
        forgetTransaction()
        try running.commit(id, record: RetryLog.committed(number: requested))
        outcome = .committed
    }

    func abort(_ requested: Int64) throws {
        _ = try inProgress(requested)
        endTransaction()
    }

    /// Aborts what is in progress, if anything is.
    func endTransaction() {
        guard let running = transaction else { return }
        forgetTransaction()
        running.abort()
    }

    private func forgetTransaction() {
        transaction = nil
        outcome = .aborted
        running.withLock { $0 = nil }
    }

    private func tooOld(_ what: String) -> CommandError {
        let newer = outcome == .retryableWrite ? "retryable write" : "transaction"
        return CommandError(
            .transactionTooOld,
            "\(what) on session \(id.name) because a newer \(newer) with txnNumber \(number) has already started on "
                + "this session.")
    }
}

extension SessionID {
    /// As MongoDB writes a UUID.
    fileprivate var name: String {
        var text = ""
        for (index, byte) in bytes.enumerated() {
            if [4, 6, 8, 10].contains(index) { text += "-" }
            text += String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
        }
        return text
    }
}
