import Synchronization

final class CursorTable: Sendable {
    private static let timeoutMS: Int64 = 600_000

    private let cursors = Mutex<[Int64: QueryCursor]>([:])

    func add(_ cursor: QueryCursor) -> Int64 {
        let id = Int64.random(in: 1...Int64.max)  // so many that none comes twice
        put(cursor, id: id)
        return id
    }

    /// Takes a cursor out to work with it; `put` brings it back.
    func take(_ id: Int64) -> QueryCursor? { cursors.withLock { $0.removeValue(forKey: id) } }

    func put(_ cursor: QueryCursor, id: Int64) {
        cursor.lastUsed = Clock.monotonic
        cursors.withLock { $0[id] = cursor }
    }

    func expire() {
        let limit = Clock.monotonic - Self.timeoutMS
        cursors.withLock { cursors in cursors = cursors.filter { $0.value.lastUsed > limit } }
    }

    /// - Parameter sessions: that are over; nil for all.
    func end(sessions: [SessionID]?) {
        func lives(_ cursor: QueryCursor) -> Bool { cursor.session.map { sessions?.contains($0) == false } ?? true }
        cursors.withLock { cursors in cursors = cursors.filter { lives($0.value) } }
    }
}
