/// The statements the store uses. Documents and index entries are spread over a fixed number of tables, so that the
/// schema never changes (no statement is ever prepared again) and a growing collection mostly appends to its table,
/// which costs SQLite half of an insertion in the middle.
enum StatementKind: Int, CaseIterable {
    case document, documentsUp, documentsDown, lastDocument, countDocuments
    case insertDocument, updateDocument, deleteDocument, deleteDocuments
    case entry, entriesUp, entriesDown, insertEntry, deleteEntry, deleteEntries
    case begin, beginImmediate, commit, rollback, savepoint, rollbackTo, release, pin
    case insertSession, updateSession

    func sql(shard: Int) -> String {
        let d = "documents_\(shard)"
        let e = "entries_\(shard)"
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
        case .entry: "SELECT record FROM \(e) WHERE key = ?1"
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
        case .pin: "SELECT value FROM meta WHERE name = 'format'"
        case .insertSession: "INSERT OR REPLACE INTO sessions VALUES (?1, ?2)"
        case .updateSession: "UPDATE sessions SET body = ?2 WHERE number = ?1"
        }
    }
}

struct StatementKey: Equatable {
    static let shards = 64

    let kind: StatementKind
    let shard: Int

    init(_ kind: StatementKind, shard: Int = 0) {
        self.kind = kind
        self.shard = shard
    }

    var slot: Int { kind.rawValue * Self.shards + shard }
    static var slots: Int { StatementKind.allCases.count * shards }
}
