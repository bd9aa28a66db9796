/// The statements the store uses. Documents and index entries are spread over a fixed number of tables (shards), so
/// that the schema never changes (no statement is ever prepared again) and a growing collection mostly appends to its
/// table, which costs SQLite half of an insertion in the middle. What a session answered last goes to another table each
/// time: SQLite finds a page in its log the slower the more often the page is there.
enum StatementKind: Int, CaseIterable {
    case document, documentsUp, documentsDown, lastDocument, countDocuments
    case insertDocument, updateDocument, deleteDocument, deleteDocuments
    case entriesUp, entriesDown, insertEntry, deleteEntry, deleteEntries
    case begin, beginImmediate, commit, rollback, savepoint, rollbackTo, release
    case format, nextNumber, catalog, saveCollection, removeCollection
    case session, saveSession, forgetSessions
    /// Documents by their keys in an index, in one step. They join two tables, so their shard stands for two: `shards`
    /// times that of the documents and that of the entries.
    case indexedUp, indexedDown

    static let shards = 64
    static let sessionShards = 16
    static let slots = indexedUp.rawValue * shards + 2 * shards * shards

    func slot(shard: Int) -> Int {
        let joined = max(0, rawValue - Self.indexedUp.rawValue)
        return rawValue * Self.shards + joined * (Self.shards * Self.shards - Self.shards) + shard
    }

    func sql(shard: Int) -> String {
        let d = "documents_\(shard)"
        let e = "entries_\(shard)"
        let r = "retries_\(shard)"
        let joined = """
            entries_\(shard % Self.shards) e LEFT JOIN documents_\(shard / Self.shards) d ON d.record = e.record
            """
        return switch self {
        case .document: "SELECT body FROM \(d) WHERE record = ?1"
        case .documentsUp: "SELECT record, body FROM \(d) WHERE record > ?1 AND record < ?2 ORDER BY record"
        case .documentsDown: "SELECT record, body FROM \(d) WHERE record > ?1 AND record < ?2 ORDER BY record DESC"
        case .lastDocument: "SELECT max(record) FROM \(d) WHERE record > ?1 AND record < ?2"
        case .countDocuments: "SELECT count(*) FROM \(d) WHERE record > ?1 AND record < ?2"
        case .insertDocument: "INSERT INTO \(d) VALUES (?1, ?2)"
        case .updateDocument: "UPDATE \(d) SET body = ?2 WHERE record = ?1"
        case .deleteDocument: "DELETE FROM \(d) WHERE record = ?1"
        case .deleteDocuments: "DELETE FROM \(d) WHERE record > ?1 AND record < ?2"
        case .entriesUp: "SELECT key, record FROM \(e) WHERE key >= ?1 AND key < ?2 ORDER BY key"
        case .entriesDown: "SELECT key, record FROM \(e) WHERE key >= ?1 AND key < ?2 ORDER BY key DESC"
        case .insertEntry: "INSERT OR IGNORE INTO \(e) VALUES (?1, ?2)"
        case .deleteEntry: "DELETE FROM \(e) WHERE key = ?1"
        case .deleteEntries: "DELETE FROM \(e) WHERE key >= ?1 AND key < ?2"
        case .begin: "BEGIN"
        case .beginImmediate: "BEGIN IMMEDIATE"
        case .commit: "COMMIT"
        case .rollback: "ROLLBACK"
        case .savepoint: "SAVEPOINT statement"
        case .rollbackTo: "ROLLBACK TO statement"
        case .release: "RELEASE statement"
        case .format: "SELECT value FROM meta WHERE name = 'format'"
        case .nextNumber: "UPDATE meta SET value = value + 1 WHERE name = ?1 RETURNING value"
        case .catalog: "SELECT number, database, name, body FROM catalog"
        case .saveCollection: "INSERT OR REPLACE INTO catalog VALUES (?1, ?2, ?3, ?4)"
        case .removeCollection: "DELETE FROM catalog WHERE number = ?1"
        case .session: "SELECT body FROM \(r) WHERE session = ?1"
        case .saveSession: "INSERT OR REPLACE INTO \(r) VALUES (?1, ?2, ?3)"
        case .forgetSessions: "DELETE FROM \(r) WHERE used < ?1"
        case .indexedUp: "SELECT e.record, d.body, e.key FROM \(joined) WHERE e.key >= ?1 AND e.key < ?2 ORDER BY e.key"
        case .indexedDown:
            "SELECT e.record, d.body, e.key FROM \(joined) WHERE e.key >= ?1 AND e.key < ?2 ORDER BY e.key DESC"
        }
    }

    /// The tables of a data file: made once, never changed.
    static var schema: String {
        let shared = """
            BEGIN;
            CREATE TABLE IF NOT EXISTS meta (name TEXT PRIMARY KEY, value INTEGER) WITHOUT ROWID;
            INSERT OR IGNORE INTO meta VALUES ('format', \(currentFormat)), ('collection', 0), ('index', 0);
            CREATE TABLE IF NOT EXISTS catalog (number INTEGER PRIMARY KEY, database TEXT, name TEXT, body BLOB);
            """
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
        return shared + spread.joined() + sessions.joined() + "COMMIT;"
    }

    static let currentFormat: Int64 = 1
}
