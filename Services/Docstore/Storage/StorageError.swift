/// What can go wrong below the commands.
enum StorageError: Error, Equatable {
    /// The file system or SQLite refused: nothing of the statement happened.
    case unavailable(code: Int32, message: String)
    /// Stored bytes do not match their checksum, or SQLite found its own file malformed.
    case damaged(String)
    /// The data directory belongs to another process.
    case inUse(String)
}
