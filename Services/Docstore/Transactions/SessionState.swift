import BSON
import Synchronization

/// Where one session is: the last transaction number it used, and what became of it. Guarded by `lock`, which a command
/// holds for as long as it runs, so that a session does one thing at a time.
final class SessionState: @unchecked Sendable {
    enum Outcome: Equatable {
        case none, retryableWrite, inProgress, committed, aborted
    }

    let lock = Monitor()
    private let id: SessionID
    private let store: Store
    private(set) var number: Int64 = -1
    private(set) var outcome = Outcome.none
    private var transaction: Transaction?
    /// What housekeeping and closing connections look at without waiting for a running command.
    private let summary = Mutex<Summary?>(nil)

    struct Summary {
        let startedAt: Int64
        var connection: Int32
    }

    var progress: Summary? { summary.withLock { $0 } }

    /// What the statements of the current retryable write answered.
    var retryLog: RetryLog?

    init(id: SessionID, store: Store) throws {
        self.id = id
        self.store = store
        guard let record = try store.sessions.record(of: id) else { return }
        number = record.int64("number") ?? -1
        outcome = record.string("kind") == "committed" ? .committed : .retryableWrite
        if outcome == .retryableWrite { retryLog = RetryLog(session: id, number: number, record: record) }
    }

    // MARK: retryable writes

    /// - Throws: 225 when a newer number was used.
    func beginRetryable(_ requested: Int64) throws -> RetryLog {
        if requested < number {
            throw CommandError(
                .transactionTooOld,
                "Retryable write with txnNumber \(requested) is prohibited on session \(id.name) because a newer "
                    + "\(outcome == .retryableWrite ? "retryable write" : "transaction") with txnNumber \(number) has "
                    + "already started on this session.")
        }
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
        return retryLog ?? RetryLog(session: id, number: number, record: nil)
    }

    // MARK: transactions

    /// The transaction a command belongs to, begun by it if it says so.
    func transaction(_ requested: Int64, starts: Bool, identifier: Int64) throws -> Transaction {
        if starts { return try begin(requested, identifier: identifier) }
        if requested < number { throw tooOld(requested, "continue") }
        if requested > number || outcome == .none || outcome == .retryableWrite {
            throw CommandError(
                .noSuchTransaction,
                "Given transaction number \(requested) does not match any in-progress transactions. The active "
                    + "transaction number is \(number)")
        }
        switch outcome {
        case .committed:
            throw CommandError(.transactionCommitted, "Transaction \(requested) has been committed.")
        case .inProgress: break
        default: throw aborted(requested)
        }
        guard let transaction else { throw aborted(requested) }
        return transaction
    }

    private func begin(_ requested: Int64, identifier: Int64) throws -> Transaction {
        if requested < number { throw tooOld(requested, "start") }
        if requested == number {
            throw CommandError(
                code: 50911,
                "Cannot start a transaction at given transaction number \(requested), a transaction with the same "
                    + "number is in state \(outcome)")
        }
        endTransaction()
        let begun = try Transaction(store: store, identifier: identifier, number: requested)
        number = requested
        outcome = .inProgress
        transaction = begun
        summary.withLock { $0 = Summary(startedAt: Clock.monotonic, connection: 0) }
        return begun
    }

    /// - Returns: whether anything was there to commit; a repeated commit is answered like the first.
    func commit(_ requested: Int64) throws {
        if requested == number, outcome == .committed { return }
        let running = try transaction(requested, starts: false, identifier: 0)
        forget()
        if running.view.changes.isEmpty, running.view.held.isEmpty {
            running.abort()
        } else {
            do {
                try running.commit(session: id)
            } catch {
                throw CommandError.writeConflict
            }
        }
        outcome = .committed
    }

    func abort(_ requested: Int64) throws {
        _ = try transaction(requested, starts: false, identifier: 0)
        endTransaction()
    }

    /// Aborts what is in progress, if anything is.
    func endTransaction() {
        guard let running = transaction else { return }
        forget()
        running.abort()
    }

    private func forget() {
        transaction = nil
        outcome = .aborted
        summary.withLock { $0 = nil }
    }

    /// The connection the running transaction was last heard of on.
    func note(connection: Int32) { summary.withLock { $0?.connection = connection } }

    private func tooOld(_ requested: Int64, _ verb: String) -> CommandError {
        CommandError(
            .transactionTooOld,
            "Cannot \(verb) transaction \(requested) on session \(id.name) because a newer "
                + "\(outcome == .retryableWrite ? "retryable write" : "transaction") with txnNumber \(number) has already "
                + "started on this session.")
    }

    private func aborted(_ requested: Int64) -> CommandError {
        CommandError(.noSuchTransaction, "Transaction \(requested) has been aborted.")
    }
}

extension SessionID {
    /// As MongoDB writes a UUID.
    var name: String {
        var text = ""
        for (index, byte) in bytes.enumerated() {
            if [4, 6, 8, 10].contains(index) { text += "-" }
            text += String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
        }
        return text
    }
}
