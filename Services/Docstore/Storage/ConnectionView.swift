/// Reads through one SQLite connection, inside whatever transaction it has open.
class ConnectionView: StoreView {
    let connection: SQLiteConnection
    var catalog: Catalog

    init(connection: SQLiteConnection, catalog: Catalog) {
        self.connection = connection
        self.catalog = catalog
    }

    final func document(_ record: RecordID) throws -> [UInt8]? {
        let sql: StaticString = "SELECT record, body FROM documents_# WHERE record = ?1"
        let shard = record.collection % Tables.shards
        return try connection.first(sql, shard: shard, record.raw, read: Self.document)?.document
    }

    final func document(in collection: CollectionInfo, id: [UInt8]) throws -> StoredDocument? {
        try connection.first(
            "SELECT e.record, d.body FROM entries_# e LEFT JOIN documents_% d ON d.record = e.record WHERE e.key = ?1",
            shard: collection.idIndex.shard, other: collection.shard, collection.idIndex.prefix + id,
            read: Self.document)
    }

    final func documents(of collection: CollectionInfo, along walk: Walk) throws -> Rows<FoundDocument> {
        guard let index = walk.index else {
            var (lower, upper) = RecordID.bounds(of: collection.number)
            if let last = walk.last?.record { if walk.reverse { upper = last } else { lower = last } }
            return try connection.rows(
                "SELECT record, body FROM documents_# WHERE record > ?1 AND record < ?2 ORDER BY record ^",
                shard: collection.shard, reverse: walk.reverse, lower.raw, upper.raw
            ) { row in
                let (record, document) = try Self.document(row)
                return ([], record, document)
            }
        }
        let range = walk.rest
        return try connection.rows(
            """
            SELECT e.record, d.body, e.key FROM entries_# e LEFT JOIN documents_% d ON d.record = e.record
            WHERE e.key >= ?1 AND e.key < ?2 ORDER BY e.key ^
            """, shard: index.shard, other: collection.shard, reverse: walk.reverse, index.prefix + range.lower,
            index.prefix + range.upper
        ) { row in
            let (record, document) = try Self.document(row)
            let key = row.withBytes(2) { [UInt8](UnsafeRawBufferPointer(rebasing: $0[IndexInfo.prefixLength...])) }
            return (key, record, document)
        }
    }

    final func hasEntry(_ index: IndexInfo, _ key: [UInt8]) throws -> Bool {
        let sql: StaticString = "SELECT 1 FROM entries_# WHERE key = ?1"
        return try connection.first(sql, shard: index.shard, index.prefix + key) { _ in true } ?? false
    }

    final func count(_ collection: CollectionInfo) throws -> Int {
        let (lower, upper) = RecordID.bounds(of: collection.number)
        let sql: StaticString = "SELECT count(*) FROM documents_# WHERE record > ?1 AND record < ?2"
        return try connection.first(sql, shard: collection.shard, lower.raw, upper.raw) { Int($0.integer(0)) } ?? 0
    }

    private static func document(_ row: borrowing SQLiteStatement) throws -> StoredDocument {
        let record = RecordID(raw: row.integer(0))
        return (record, try row.withBytes(1) { try SealedDocument.open($0, record: record) })
    }
}
