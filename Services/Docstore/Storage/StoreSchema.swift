/// The tables of a data file: made once, never changed.
enum StoreSchema {
    private static let format: Int64 = 1

    static func prepare(_ connection: SQLiteConnection) throws(StorageError) {
        try connection.execute("PRAGMA page_size = 4096")
        try connection.execute("PRAGMA journal_mode = WAL")
        // A commit does not wait for the disk; `Store.flush` does. Checkpoints do too.
        try connection.execute("PRAGMA synchronous = NORMAL")
        try connection.execute("PRAGMA wal_autocheckpoint = 8000")
        var known: Int64?
        var made = false
        try connection.rows("SELECT count(*) FROM sqlite_master WHERE name = 'meta'") { made = $0.integer(0) > 0 }
        if !made { try create(connection) }
        try connection.rows("SELECT value FROM meta WHERE name = 'format'") { known = $0.integer(0) }
        guard known == format else { throw .damaged("the data file has format \(known ?? 0), not \(format)") }
    }

    private static func create(_ connection: SQLiteConnection) throws(StorageError) {
        var sql = """
            BEGIN;
            CREATE TABLE meta (name TEXT PRIMARY KEY, value INTEGER) WITHOUT ROWID;
            INSERT INTO meta VALUES ('format', \(format)), ('collection', 0), ('index', 0);
            CREATE TABLE catalog (number INTEGER PRIMARY KEY, database TEXT, name TEXT, body BLOB);
            CREATE TABLE sessions (number INTEGER PRIMARY KEY, body BLOB);
            """
        for shard in 0..<StatementKey.shards {
            sql += "CREATE TABLE documents_\(shard) (record INTEGER PRIMARY KEY, body BLOB);"
            sql += "CREATE TABLE entries_\(shard) (key BLOB PRIMARY KEY, record INTEGER) WITHOUT ROWID;"
        }
        try connection.execute(sql + "COMMIT;")
    }
}
