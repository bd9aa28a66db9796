import CSQLite

/// One SQLite connection: the only place that opens files through SQLite.
///
/// Confined to whoever holds it (the store hands each to one thread at a time), hence `@unchecked Sendable`.
final class SQLiteConnection: @unchecked Sendable {
    private let handle: OpaquePointer
    /// Prepared statements that nobody uses now: scans of the same table may nest, so there may be several of a kind.
    private var idle = [[SQLiteStatement]](repeating: [], count: StatementKind.slots)

    init(path: String, cacheKiB: Int) throws {
        var opened: OpaquePointer?
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX
        let code = sqlite3_open_v2(path, &opened, flags, nil)
        guard let opened else { throw StorageError.unavailable(code: code, message: "out of memory") }
        handle = opened
        guard code == SQLITE_OK else { throw StorageError(code, handle) }
        sqlite3_busy_timeout(handle, 10_000)
        try execute("PRAGMA cache_size = -\(cacheKiB)")
    }

    deinit {
        idle = []
        sqlite3_close_v2(handle)
    }

    var inTransaction: Bool { sqlite3_get_autocommit(handle) == 0 }

    func execute(_ sql: String) throws {
        let code = sqlite3_exec(handle, sql, nil, nil, nil)
        guard code == SQLITE_OK else { throw StorageError(code, handle) }
    }

    /// Runs a statement that gives no rows of interest.
    /// - Parameter body: the last parameter, read by SQLite where it is.
    /// - Returns: how many rows it changed.
    @discardableResult
    func run<each Value: SQLiteValue>(
        _ kind: StatementKind, shard: Int = 0, _ values: repeat each Value, body: [UInt8]? = nil
    ) throws -> Int {
        let statement = try borrow(kind, shard, repeat each values)
        defer { giveBack(statement) }
        if let body { try statement.run(body: body) } else { _ = try statement.step() }
        return Int(sqlite3_changes(handle))
    }

    /// The first row.
    func first<Row, each Value: SQLiteValue>(
        _ kind: StatementKind, shard: Int = 0, _ values: repeat each Value, read: (SQLiteStatement) throws -> Row
    ) throws -> Row? {
        let statement = try borrow(kind, shard, repeat each values)
        defer { giveBack(statement) }
        return try statement.step() ? read(statement) : nil
    }

    /// The rows one after the other, for as long as the result is kept.
    func rows<Row, each Value: SQLiteValue>(
        _ kind: StatementKind, shard: Int = 0, _ values: repeat each Value,
        read: @escaping (SQLiteStatement) throws -> Row
    ) throws -> Rows<Row> {
        let loan = Loan(try borrow(kind, shard, repeat each values), of: self)
        return { try loan.statement.step() ? read(loan.statement) : nil }
    }

    private final class Loan {
        let statement: SQLiteStatement
        private let lender: SQLiteConnection

        init(_ statement: SQLiteStatement, of lender: SQLiteConnection) {
            self.statement = statement
            self.lender = lender
        }

        deinit { lender.giveBack(statement) }
    }

    private func borrow<each Value: SQLiteValue>(
        _ kind: StatementKind, _ shard: Int, _ values: repeat each Value
    ) throws -> SQLiteStatement {
        let slot = kind.slot(shard: shard)
        let statement = try idle[slot].popLast() ?? SQLiteStatement(kind.sql(shard: shard), slot: slot, handle)
        for value in repeat each values { statement.bind(value) }
        return statement
    }

    private func giveBack(_ statement: SQLiteStatement) {
        statement.reset()
        idle[statement.slot].append(statement)
    }
}

extension StorageError {
    /// What SQLite says of its last call.
    init(_ code: Int32, _ connection: OpaquePointer?) {
        let message = String(cString: sqlite3_errmsg(connection))
        switch code & 0xFF {
        case SQLITE_CORRUPT, SQLITE_NOTADB: self = .damaged(message)
        default: self = .unavailable(code: code, message: message)
        }
    }
}
