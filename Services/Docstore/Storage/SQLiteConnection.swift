import CSQLite

/// One SQLite connection: the only place that opens files through SQLite.
///
/// Confined to whoever holds it (the store hands each connection to one thread at a time), hence `@unchecked Sendable`.
final class SQLiteConnection: @unchecked Sendable {
    private let handle: OpaquePointer
    /// Prepared statements that nobody uses now, by slot: scans of the same table may nest, so there may be several.
    private var idle: [[SQLiteStatement]]
    /// Look-ups through an index in one step, by the tables of documents and entries.
    private var pairs: [Int: SQLiteStatement] = [:]

    init(path: String, cacheKiB: Int) throws(StorageError) {
        var opened: OpaquePointer?
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX
        let code = sqlite3_open_v2(path, &opened, flags, nil)
        guard code == SQLITE_OK, let opened else {
            let message = opened.map { String(cString: sqlite3_errmsg($0)) } ?? "out of memory"
            sqlite3_close(opened)
            throw .unavailable(code: code, message: "\(path): \(message)")
        }
        handle = opened
        idle = Array(repeating: [], count: StatementKey.slots)
        sqlite3_busy_timeout(handle, 10_000)
        try execute("PRAGMA cache_size = -\(cacheKiB)")
    }

    deinit {
        idle = []
        pairs = [:]
        sqlite3_close_v2(handle)
    }

    /// Runs statements that give no rows of interest.
    func execute(_ sql: String) throws(StorageError) {
        let code = sqlite3_exec(handle, sql, nil, nil, nil)
        guard code == SQLITE_OK else { throw error(code) }
    }

    /// Runs a rarely used query over all of its rows.
    func rows(_ sql: String, _ body: (SQLiteStatement) throws(StorageError) -> Void) throws(StorageError) {
        let statement = try prepare(sql, key: StatementKey(.pin))
        while try statement.step() { try body(statement) }
    }

    /// Runs a rarely used statement with parameters.
    func run(_ sql: String, _ bind: (SQLiteStatement) -> Void) throws(StorageError) {
        let statement = try prepare(sql, key: StatementKey(.pin))
        bind(statement)
        try statement.run()
    }

    /// Lends a prepared statement; give it back with `giveBack`.
    func borrow(_ key: StatementKey) throws(StorageError) -> SQLiteStatement {
        if let statement = idle[key.slot].popLast() { return statement }
        return try prepare(key.kind.sql(shard: key.shard), key: key)
    }

    func giveBack(_ statement: SQLiteStatement) {
        statement.reset()
        idle[statement.key.slot].append(statement)
    }

    func with<R>(
        _ key: StatementKey, _ body: (SQLiteStatement) throws(StorageError) -> R
    ) throws(StorageError) -> R {
        let statement = try borrow(key)
        defer { giveBack(statement) }
        return try body(statement)
    }

    /// The statement that finds a document by a key of a unique index, for one pair of tables.
    func with<R>(
        pair shards: (documents: Int, entries: Int), _ body: (SQLiteStatement) throws(StorageError) -> R
    ) throws(StorageError) -> R {
        let key = shards.documents * StatementKey.shards + shards.entries
        let statement: SQLiteStatement
        if let known = pairs[key] {
            statement = known
        } else {
            statement = try prepare(
                """
                SELECT d.record, d.body FROM entries_\(shards.entries) e
                CROSS JOIN documents_\(shards.documents) d ON d.record = e.record WHERE e.key = ?1
                """, key: StatementKey(.pin))
            pairs[key] = statement
        }
        defer { statement.reset() }
        return try body(statement)
    }

    func run(_ kind: StatementKind) throws(StorageError) {
        try with(StatementKey(kind)) { statement throws(StorageError) in try statement.run() }
    }

    /// Rows the last statement changed.
    var changes: Int { Int(sqlite3_changes(handle)) }
    var inTransaction: Bool { sqlite3_get_autocommit(handle) == 0 }

    func error(_ code: Int32) -> StorageError {
        let message = String(cString: sqlite3_errmsg(handle))
        switch code & 0xFF {
        case SQLITE_CORRUPT, SQLITE_NOTADB: return .damaged(message)
        default: return .unavailable(code: code, message: message)
        }
    }

    private func prepare(_ sql: String, key: StatementKey) throws(StorageError) -> SQLiteStatement {
        var prepared: OpaquePointer?
        let code = sqlite3_prepare_v3(handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &prepared, nil)
        guard code == SQLITE_OK, let prepared else { throw error(code) }
        return SQLiteStatement(handle: prepared, connection: self, key: key)
    }
}
