/// Reads through one SQLite connection, inside whatever transaction it has open.
class ConnectionView: StoreView {
    let connection: SQLiteConnection
    var catalog: Catalog

    init(connection: SQLiteConnection, catalog: Catalog) {
        self.connection = connection
        self.catalog = catalog
    }

    final func document(_ record: RecordID) throws -> [UInt8]? {
        let shard = record.collection % Tables.shards
        return try connection.first("SELECT body FROM documents_# WHERE record = ?1", shard: shard, record.raw) {
            try $0.withBytes(0) { try SealedDocument.open($0, record: record) }
        }
    }

    final func document(in collection: CollectionInfo, id: [UInt8]) throws -> StoredDocument? {
        try connection.first(
            "SELECT e.record, d.body FROM entries_# e LEFT JOIN documents_% d ON d.record = e.record WHERE e.key = ?1",
            shard: collection.idIndex.shard, other: collection.shard, collection.idIndex.prefix + id,
            read: Self.document)
    }

    final func documents(
        of collection: CollectionInfo, after: RecordID?, reverse: Bool
    ) throws -> Rows<StoredDocument> {
        var (lower, upper) = RecordID.bounds(of: collection.number)
        if let after { if reverse { upper = after } else { lower = after } }
        let sql: StaticString =
            reverse
            ? "SELECT record, body FROM documents_# WHERE record > ?1 AND record < ?2 ORDER BY record DESC"
            : "SELECT record, body FROM documents_# WHERE record > ?1 AND record < ?2 ORDER BY record"
        return try connection.rows(sql, shard: collection.shard, lower.raw, upper.raw, read: Self.document)
    }

    final func documents(
        of collection: CollectionInfo, by index: IndexInfo, in range: KeyRange, reverse: Bool
    ) throws -> Rows<IndexedDocument> {
        let sql: StaticString =
            reverse
            ? """
            SELECT e.record, d.body, e.key FROM entries_# e LEFT JOIN documents_% d ON d.record = e.record
            WHERE e.key >= ?1 AND e.key < ?2 ORDER BY e.key DESC
            """
            : """
            SELECT e.record, d.body, e.key FROM entries_# e LEFT JOIN documents_% d ON d.record = e.record
            WHERE e.key >= ?1 AND e.key < ?2 ORDER BY e.key
            """
        let (lower, upper) = (index.prefix + range.lower, index.prefix + range.upper)
        return try connection.rows(sql, shard: index.shard, other: collection.shard, lower, upper) { row in
            let (record, document) = try Self.document(row)
            return (Self.key(row, 2), record, document)
        }
    }

    final func entries(of index: IndexInfo, in range: KeyRange, reverse: Bool) throws -> Rows<IndexEntry> {
        let sql: StaticString =
            reverse
            ? "SELECT record, key FROM entries_# WHERE key >= ?1 AND key < ?2 ORDER BY key DESC"
            : "SELECT record, key FROM entries_# WHERE key >= ?1 AND key < ?2 ORDER BY key"
        let (lower, upper) = (index.prefix + range.lower, index.prefix + range.upper)
        return try connection.rows(sql, shard: index.shard, lower, upper) {
            (Self.key($0, 1), RecordID(raw: $0.integer(0)))
        }
    }

    final func count(_ collection: CollectionInfo) throws -> Int {
        let (lower, upper) = RecordID.bounds(of: collection.number)
        let sql: StaticString = "SELECT count(*) FROM documents_# WHERE record > ?1 AND record < ?2"
        return try connection.first(sql, shard: collection.shard, lower.raw, upper.raw) { Int($0.integer(0)) } ?? 0
    }

    private static func key(_ row: borrowing SQLiteStatement, _ column: Int32) -> [UInt8] {
        row.withBytes(column) { [UInt8](UnsafeRawBufferPointer(rebasing: $0[IndexInfo.prefixLength...])) }
    }

    private static func document(_ row: borrowing SQLiteStatement) throws -> StoredDocument {
        let record = RecordID(raw: row.integer(0))
        return (record, try row.withBytes(1) { try SealedDocument.open($0, record: record) })
    }
}
