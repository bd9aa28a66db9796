/// Reads through one SQLite connection, inside whatever transaction it has open.
class ConnectionView: StoreView {
    let connection: SQLiteConnection
    var catalog: Catalog

    init(connection: SQLiteConnection, catalog: Catalog) {
        self.connection = connection
        self.catalog = catalog
    }

    final func document(_ record: RecordID) throws -> [UInt8]? {
        try connection.first(.document, shard: record.collection % StatementKind.shards, record.raw) {
            try $0.withBytes(0) { try SealedDocument.open($0, record: record) }
        }
    }

    final func documents(
        of collection: CollectionInfo, after: RecordID?, reverse: Bool
    ) throws -> Rows<StoredDocument> {
        var (lower, upper) = RecordID.bounds(of: collection.number)
        if let after { if reverse { upper = after } else { lower = after } }
        return try connection.rows(
            reverse ? .documentsDown : .documentsUp, shard: collection.shard, lower.raw, upper.raw, read: Self.document)
    }

    final func documents(
        of collection: CollectionInfo, by index: IndexInfo, in range: KeyRange, reverse: Bool
    ) throws -> Rows<IndexedDocument> {
        let shards = collection.shard * StatementKind.shards + index.shard
        return try connection.rows(
            reverse ? .indexedDown : .indexedUp, shard: shards, index.prefix + range.lower, index.prefix + range.upper
        ) { row in
            let (record, document) = try Self.document(row)
            return (Self.key(row, 2), record, document)
        }
    }

    final func entries(of index: IndexInfo, in range: KeyRange, reverse: Bool) throws -> Rows<IndexEntry> {
        try connection.rows(
            reverse ? .entriesDown : .entriesUp, shard: index.shard, index.prefix + range.lower,
            index.prefix + range.upper
        ) { (Self.key($0, 0), RecordID(raw: $0.integer(1))) }
    }

    final func count(_ collection: CollectionInfo) throws -> Int {
        let (lower, upper) = RecordID.bounds(of: collection.number)
        return try connection.first(.countDocuments, shard: collection.shard, lower.raw, upper.raw) {
            Int($0.integer(0))
        } ?? 0
    }

    private static func key(_ row: borrowing SQLiteStatement, _ column: Int32) -> [UInt8] {
        row.withBytes(column) { [UInt8](UnsafeRawBufferPointer(rebasing: $0[IndexInfo.prefixLength...])) }
    }

    private static func document(_ row: borrowing SQLiteStatement) throws -> StoredDocument {
        let record = RecordID(raw: row.integer(0))
        return (record, try row.withBytes(1) { try SealedDocument.open($0, record: record) })
    }
}
