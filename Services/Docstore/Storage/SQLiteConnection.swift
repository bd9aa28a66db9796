import CSQLite

/// One SQLite connection: the only place that opens files through SQLite.
/// Confined to whoever holds it (the store hands each to one thread at a time), hence `@unchecked Sendable`.
final class SQLiteConnection: @unchecked Sendable {
    private let handle: OpaquePointer
    /// Prepared statements that nobody uses now: scans of the same table may nest, so there may be several of a kind.
    fileprivate final class Idle { var statements: [OpaquePointer] = [] }

    /// By where their text lies, and by shards.
    private var idle: [UInt: Idle] = [:]

    /// Of each connection: pages that are read again and again then cost no system call.
    private static let cacheKiB = 16 << 10
    /// SQLite's way to open files that keeps other processes out for as long as this one lives, and so needs no system
    /// call to lock what its connections share.
    private static let fileSystem = "unix-excl"

    init(path: String, pragmas: String = "") throws {
        var opened: OpaquePointer?
        let flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX
        let code = sqlite3_open_v2(path, &opened, flags, Self.fileSystem)
        guard let opened else { throw StorageError.unavailable("out of memory") }
        handle = opened
        guard code == SQLITE_OK else { throw StorageError(code, handle) }
        // A reader that begins while the log is started anew waits instead of failing.
        sqlite3_busy_timeout(handle, 10_000)
        try execute("PRAGMA cache_size = -\(Self.cacheKiB); \(pragmas)")
    }

    deinit {
        for statement in idle.values.flatMap(\.statements) { sqlite3_finalize(statement) }
        sqlite3_close_v2(handle)
    }

    var inTransaction: Bool { sqlite3_get_autocommit(handle) == 0 }

    func execute(_ sql: String) throws {
        let code = sqlite3_exec(handle, sql, nil, nil, nil)
        guard code == SQLITE_OK else { throw StorageError(code, handle) }
    }

    /// - Parameter sql: its literal text, in which `#` stands for `shard`, `%` for `other`, and `^` for an order.
    /// - Returns: how many rows it changed.
    @discardableResult
    func run<each Value: SQLiteValue>(_ sql: StaticString, shard: Int = 0, _ values: repeat each Value) throws -> Int {
        _ = try statement(sql, shard, 0, false, repeat each values).step()
        return Int(sqlite3_changes(handle))
    }

    func first<Row, each Value: SQLiteValue>(
        _ sql: StaticString, shard: Int = 0, other: Int = 0, _ values: repeat each Value,
        read: (borrowing SQLiteStatement) throws -> Row
    ) throws -> Row? {
        let statement = try statement(sql, shard, other, false, repeat each values)
        return try statement.step() ? read(statement) : nil
    }

    func rows<Row, each Value: SQLiteValue>(
        _ sql: StaticString, shard: Int = 0, other: Int = 0, reverse: Bool = false, _ values: repeat each Value,
        read: @escaping (borrowing SQLiteStatement) throws -> Row
    ) throws -> Rows<Row> {
        let statement = try statement(sql, shard, other, reverse, repeat each values)
        return { try statement.step() ? read(statement) : nil }
    }

    private func statement<each Value: SQLiteValue>(
        _ sql: StaticString, _ shard: Int, _ other: Int, _ reverse: Bool, _ values: repeat each Value
    ) throws -> SQLiteStatement {
        // Addresses leave the upper 16 bits of a word free.
        let key = UInt(bitPattern: sql.utf8Start) | UInt(shard) << 48 | UInt(other) << 56 | (reverse ? 1 << 63 : 0)
        let idle = idle[key] ?? Idle()
        if idle.statements.isEmpty { self.idle[key] = idle }
        let prepared = try idle.statements.popLast() ?? prepare("\(sql)", shard, other, reverse)
        var bound: Int32 = 0
        for value in repeat each values {
            bound += 1
            value.bind(to: prepared, at: bound)
        }
        return SQLiteStatement(prepared, idle, of: self)
    }

    private func prepare(_ sql: String, _ shard: Int, _ other: Int, _ reverse: Bool) throws -> OpaquePointer {
        let sql = sql.replacing("#", with: "\(shard)").replacing("%", with: "\(other)")
            .replacing("^", with: reverse ? "DESC" : "")
        var prepared: OpaquePointer?
        let code = sqlite3_prepare_v3(handle, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &prepared, nil)
        guard code == SQLITE_OK, let prepared else { throw StorageError(code, handle) }
        return prepared
    }
}

/// A prepared statement on loan from its connection, which has it back when this ends.
struct SQLiteStatement: ~Copyable {
    private let handle: OpaquePointer
    private let idle: SQLiteConnection.Idle
    /// Lives as long as its statements are used.
    private let connection: SQLiteConnection

    fileprivate init(_ handle: OpaquePointer, _ idle: SQLiteConnection.Idle, of connection: SQLiteConnection) {
        self.handle = handle
        self.idle = idle
        self.connection = connection
    }

    deinit {
        sqlite3_reset(handle)
        idle.statements.append(handle)
    }

    func step() throws -> Bool {
        switch sqlite3_step(handle) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        case let code: throw StorageError(code, sqlite3_db_handle(handle))
        }
    }

    func integer(_ column: Int32) -> Int64 { sqlite3_column_int64(handle, column) }
    func text(_ column: Int32) -> String { sqlite3_column_text(handle, column).map { String(cString: $0) } ?? "" }

    /// The bytes are SQLite's own until the next step.
    func withBytes<R>(_ column: Int32, _ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
        let count = Int(sqlite3_column_bytes(handle, column))
        return try body(UnsafeRawBufferPointer(start: sqlite3_column_blob(handle, column), count: count))
    }
}

/// What statements take for parameters; SQLite keeps copies of its own.
protocol SQLiteValue {
    func bind(to statement: OpaquePointer, at index: Int32)
}

private nonisolated(unsafe) let copied = unsafeBitCast(-1, to: sqlite3_destructor_type.self)

extension Int64: SQLiteValue {
    func bind(to statement: OpaquePointer, at index: Int32) { sqlite3_bind_int64(statement, index, self) }
}

extension String: SQLiteValue {
    func bind(to statement: OpaquePointer, at index: Int32) { sqlite3_bind_text(statement, index, self, -1, copied) }
}

extension [UInt8]: SQLiteValue {
    func bind(to statement: OpaquePointer, at index: Int32) {
        _ = withUnsafeBytes { sqlite3_bind_blob(statement, index, $0.baseAddress, Int32($0.count), copied) }
    }
}

enum StorageError: Error, Equatable {
    /// The file system or SQLite refused: nothing of the statement happened.
    case unavailable(String)
    /// Stored bytes do not match their checksum, or SQLite found its own file malformed.
    case damaged(String)
    case inUse(String)

    init(_ code: Int32, _ connection: OpaquePointer?) {
        let message = String(cString: sqlite3_errmsg(connection))
        let isDamage = [SQLITE_CORRUPT, SQLITE_NOTADB].contains(code & 0xFF)
        self = isDamage ? .damaged(message) : .unavailable("\(message) (\(code))")
    }
}
