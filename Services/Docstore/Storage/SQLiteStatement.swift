import CSQLite

/// A prepared statement of one connection.
final class SQLiteStatement {
    /// Where its connection keeps it.
    let slot: Int
    private let handle: OpaquePointer
    private var bound: Int32 = 0

    init(_ sql: String, slot: Int, _ connection: OpaquePointer) throws {
        var prepared: OpaquePointer?
        let code = sqlite3_prepare_v3(connection, sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &prepared, nil)
        guard code == SQLITE_OK, let prepared else { throw StorageError(code, connection) }
        handle = prepared
        self.slot = slot
    }

    deinit { sqlite3_finalize(handle) }

    /// Binds the next parameter.
    func bind(_ value: some SQLiteValue) {
        bound += 1
        value.bind(to: handle, at: bound)
    }

    /// - Returns: whether there is a row.
    func step() throws -> Bool {
        switch sqlite3_step(handle) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        case let code: throw StorageError(code, sqlite3_db_handle(handle))
        }
    }

    /// Steps with bytes for the last parameter that SQLite reads where they are.
    func run(body: [UInt8]) throws {
        try body.withUnsafeBytes { buffer in
            sqlite3_bind_blob(handle, bound + 1, buffer.baseAddress, Int32(buffer.count), nil)
            _ = try step()
        }
    }

    func reset() {
        sqlite3_reset(handle)
        bound = 0
    }

    func integer(_ column: Int32) -> Int64 { sqlite3_column_int64(handle, column) }

    func text(_ column: Int32) -> String { sqlite3_column_text(handle, column).map { String(cString: $0) } ?? "" }

    func bytes(_ column: Int32) -> [UInt8] { withBytes(column) { [UInt8]($0) } }

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
