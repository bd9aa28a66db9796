import BSON

/// One multi-document transaction in progress. Used by one command at a time: its session sees to that.
final class Transaction: @unchecked Sendable {
    let identifier: Int64
    let number: Int64
    let view: TransactionView
    /// A statement failed: whatever the reply says, the transaction is over.
    var hasFailed = false

    private let store: Store

    init(store: Store, identifier: Int64, number: Int64) throws {
        self.store = store
        self.identifier = identifier
        self.number = number
        view = try store.writing.locked {
            let snapshot = try store.openSnapshot()
            store.conflicts.opened(identifier, snapshot: store.commitSequence)
            return TransactionView(
                store: store, snapshot: snapshot, sequence: store.commitSequence, transaction: identifier)
        }
    }

    /// Writes everything in one commit and lets go of what was held.
    /// - Parameter session: remembered with it, so that a repeated commit is known to have happened.
    func commit(session: SessionID) throws {
        store.writing.lock()
        defer { store.writing.unlock() }
        defer { release() }
        try store.writeLocked { writer in
            writer.committing = identifier
            do {
                try apply(to: writer)
            } catch let error as StorageError {
                throw error
            } catch {
                // Takes the whole commit back.
                throw StorageError.unavailable(code: 0, message: "a transaction could not be applied: \(error)")
            }
            try writer.saveSession(session, RetryLog.committed(session, number: number))
        }
    }

    func abort() {
        store.writing.locked { release() }
    }

    private func release() {
        view.close()
        store.conflicts.closed(identifier, holding: view.held)
        store.writing.broadcast()
    }

    /// Removals before additions, so that documents may exchange unique keys.
    private func apply(to writer: Writer) throws {
        let changes = view.changes.sorted { $0.key < $1.key }
        for (record, change) in changes {
            guard change.original != nil, let old = try writer.document(record) else { continue }
            try writer.delete(record, try BSONDocument(bytes: old), from: try current(change, record, writer))
        }
        for (record, change) in changes {
            guard let bytes = change.current else { continue }
            let collection = try current(change, record, writer)
            try writer.insert(try BSONDocument(bytes: bytes), encoded: bytes, into: collection, as: record)
        }
    }

    private func current(
        _ change: TransactionView.Change, _ record: RecordID, _ writer: Writer
    ) throws -> CollectionInfo {
        guard let collection = writer.catalog[change.namespace], collection.number == record.collection else {
            throw CommandError.writeConflict
        }
        return collection
    }
}
