import Synchronization

/// The cursors that wait for `getMore`.
final class CursorTable: Sendable {
    static let timeoutMS: Int64 = 600_000

    /// A cursor at rest, with who may go on with it.
    final class Entry: @unchecked Sendable {
        let cursor: QueryCursor
        let namespace: Namespace
        let session: SessionID?
        let transactionNumber: Int64?
        /// Guarded by the table.
        fileprivate var lastUsed = Clock.monotonic

        init(cursor: QueryCursor, namespace: Namespace, session: SessionOptions) {
            self.cursor = cursor
            self.namespace = namespace
            self.session = session.id
            transactionNumber = session.isInTransaction ? session.transactionNumber : nil
        }
    }

    private let entries = Mutex<[Int64: Entry]>([:])

    func add(_ entry: Entry) -> Int64 {
        entries.withLock { entries in
            var id: Int64
            repeat { id = Int64.random(in: 1...Int64.max) } while entries[id] != nil
            entries[id] = entry
            return id
        }
    }

    /// Takes a cursor out to work with it; `put` brings it back.
    func take(_ id: Int64) -> Entry? {
        entries.withLock { $0.removeValue(forKey: id) }
    }

    func put(_ entry: Entry, id: Int64) {
        entry.lastUsed = Clock.monotonic
        entries.withLock { $0[id] = entry }
    }

    var count: Int { entries.withLock { $0.count } }

    func expire() {
        let limit = Clock.monotonic - Self.timeoutMS
        entries.withLock { entries in entries = entries.filter { $0.value.lastUsed > limit } }
    }

    /// Ends the cursors of sessions that are over.
    func end(sessions: [SessionID]?) {
        entries.withLock { entries in
            entries = entries.filter { entry in
                guard let session = entry.value.session else { return true }
                return sessions.map { !$0.contains(session) } ?? false
            }
        }
    }
}
