import BSON
import Synchronization

/// A logical session's id.
struct SessionID: Hashable, Sendable {
    let bytes: [UInt8]
}

/// What the data file remembers of sessions: the last transaction number of each and what its statements answered, so
/// that a retry after a crash is answered like one before it. Written in the same commit as the writes themselves.
final class SessionRecords: Sendable {
    private struct Entry {
        /// The row's.
        let number: Int64
        var body: [UInt8]
        /// Milliseconds since 1970 of its last use.
        var usedAt = Clock.wall
    }

    private struct State {
        var entries: [SessionID: Entry] = [:]
        /// Written in the commit now running, not yet visible.
        var pending: [SessionID: Entry] = [:]
        var next: Int64 = 1
    }

    private let state = Mutex(State())

    init(_ connection: SQLiteConnection) throws {
        let rows = try connection.rows(.sessions) { ($0.integer(0), $0.bytes(1)) }
        while let (number, bytes) = try rows() {
            let body = try BSONDocument(bytes: bytes)
            state.withLock { state in
                let id = SessionID(bytes: body.bytes("id") ?? [])
                state.entries[id] = Entry(number: number, body: bytes, usedAt: body.date("at") ?? 0)
                state.next = max(state.next, number + 1)
            }
        }
    }

    /// The last thing committed under a session.
    func record(of id: SessionID) throws -> BSONDocument? {
        try state.withLock { $0.entries[id]?.body }.map { try BSONDocument(bytes: $0) }
    }

    /// Writes a session's record; the caller is in the midst of a write.
    func save(_ id: SessionID, _ body: [UInt8], _ connection: SQLiteConnection) throws {
        let (number, isNew) = state.withLock { state in
            let known = (state.pending[id] ?? state.entries[id])?.number
            let number = known ?? state.next
            if known == nil { state.next += 1 }
            state.pending[id] = Entry(number: number, body: body)
            return (number, known == nil)
        }
        try connection.run(isNew ? .insertSession : .updateSession, number, body: body)
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
    func forget(unusedSince limit: Int64, _ connection: SQLiteConnection) throws {
        let old = state.withLock { $0.entries.filter { $0.value.usedAt < limit } }
        for entry in old.values { try connection.run(.removeSession, entry.number) }
        state.withLock { state in for id in old.keys { state.entries[id] = nil } }
    }
}
