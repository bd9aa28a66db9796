import BSON
import Synchronization

/// What the data file remembers of sessions: the last transaction number of each and what its statements answered, so
/// that a retry after a crash is answered like one before it. Written in the same commit as the writes themselves.
final class SessionRecords: @unchecked Sendable {
    private struct Entry {
        /// The row's.
        let number: Int64
        var body: [UInt8]
        /// Milliseconds since 1970 of its last use.
        var usedAt: Int64
    }

    private struct State {
        var entries: [SessionID: Entry] = [:]
        /// Written in the commit now running, not yet visible.
        var pending: [SessionID: Entry] = [:]
        var next: Int64 = 1
    }

    private let state = Mutex(State())

    init(_ connection: SQLiteConnection) throws {
        var loaded = State()
        var bodies: [(Int64, [UInt8])] = []
        try connection.rows("SELECT number, body FROM sessions") { bodies.append(($0.integer(0), $0.bytes(1))) }
        for (number, bytes) in bodies {
            let body = try BSONDocument(bytes: bytes)
            if let id = body.bytes("id") {
                loaded.entries[SessionID(bytes: id)] = Entry(
                    number: number, body: bytes, usedAt: body.date("at") ?? 0)
            }
            loaded.next = max(loaded.next, number + 1)
        }
        state.withLock { $0 = loaded }
    }

    /// The last thing committed under a session.
    func record(of id: SessionID) throws -> BSONDocument? {
        try state.withLock { $0.entries[id]?.body }.map { try BSONDocument(bytes: $0) }
    }

    /// Writes a session's record; the caller is in the midst of a write.
    func save(_ id: SessionID, _ body: [UInt8], _ connection: SQLiteConnection) throws(StorageError) {
        let (number, isNew) = state.withLock { state -> (Int64, Bool) in
            if let known = state.pending[id] ?? state.entries[id] {
                state.pending[id] = Entry(number: known.number, body: body, usedAt: Clock.wall)
                return (known.number, false)
            }
            let number = state.next
            state.next += 1
            state.pending[id] = Entry(number: number, body: body, usedAt: Clock.wall)
            return (number, true)
        }
        try connection.with(StatementKey(isNew ? .insertSession : .updateSession)) { statement throws(StorageError) in
            statement.bind(1, number)
            try statement.run(binding: body, at: 2)
        }
    }

    /// Makes what was saved visible once it is committed.
    func publish() {
        state.withLock { state in
            for (id, entry) in state.pending { state.entries[id] = entry }
            state.pending.removeAll(keepingCapacity: true)
        }
    }

    func discard() { state.withLock { $0.pending = [:] } }

    /// Forgets sessions nobody used since before `limit` (milliseconds since 1970).
    func forget(unusedSince limit: Int64, _ connection: SQLiteConnection) throws(StorageError) {
        let old = state.withLock { state in
            let old = state.entries.filter { $0.value.usedAt < limit }
            for id in old.keys { state.entries[id] = nil }
            return old.values.map(\.number)
        }
        for number in old {
            try connection.run("DELETE FROM sessions WHERE number = ?1") { $0.bind(1, number) }
        }
    }
}

/// A logical session's id.
struct SessionID: Hashable, Sendable {
    let bytes: [UInt8]
}
