import CSQLite

/// What can go wrong below the commands.
enum StorageError: Error, Equatable {
    /// The file system or SQLite refused: nothing of the statement happened.
    case unavailable(code: Int32, message: String)
    /// Stored bytes do not match their checksum, or SQLite found its own file malformed.
    case damaged(String)
    /// The data directory belongs to another process.
    case inUse(String)

    init(_ code: Int32, _ connection: OpaquePointer?) {
        let message = String(cString: sqlite3_errmsg(connection))
        switch code & 0xFF {
        case SQLITE_CORRUPT, SQLITE_NOTADB: self = .damaged(message)
        default: self = .unavailable(code: code, message: message)
        }
    }
}
