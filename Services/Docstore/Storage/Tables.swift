/// The tables of a data file: made once, never changed.
/// Documents and index entries are spread over a fixed number of tables (shards), so that no statement is ever prepared
/// again and a growing collection mostly appends to its table, which costs SQLite half of an insertion in the middle.
/// What a session answered last goes to another table each time: SQLite finds a page in its log the slower the more
/// often the page is there.
enum Tables {
    static let shards = 64
    static let sessionShards = 16
    static let format: Int64 = 1

    static var schema: String {
        let spread = (0..<shards).map { shard in
            """
            CREATE TABLE IF NOT EXISTS documents_\(shard) (record INTEGER PRIMARY KEY, body BLOB);
            CREATE TABLE IF NOT EXISTS entries_\(shard) (key BLOB PRIMARY KEY, record INTEGER) WITHOUT ROWID;
            """
        }
        let sessions = (0..<sessionShards).map { shard in
            """
            CREATE TABLE IF NOT EXISTS retries_\(shard)
            (session BLOB PRIMARY KEY, used INTEGER, body BLOB) WITHOUT ROWID;
            """
        }
        return """
            BEGIN;
            CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value INTEGER) WITHOUT ROWID;
            INSERT OR IGNORE INTO meta VALUES ('format', \(format)), ('collection', 0), ('index', 0);
            CREATE TABLE IF NOT EXISTS catalog (number INTEGER PRIMARY KEY, database TEXT, name TEXT, body BLOB);
            \(spread.joined()) \(sessions.joined()) COMMIT
            """
    }
}
