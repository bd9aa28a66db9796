/// Reads through one SQLite connection, inside whatever transaction it has open.
class ConnectionView: StoreView {
    let connection: SQLiteConnection
    var catalog: Catalog

    init(connection: SQLiteConnection, catalog: Catalog) {
        self.connection = connection
        self.catalog = catalog
    }

    final func document(_ record: RecordID) throws -> [UInt8]? {
        let key = StatementKey(.document, shard: record.collection % StatementKey.shards)
        return try connection.with(key) { statement throws(StorageError) -> [UInt8]? in
            statement.bind(1, record.raw)
            guard try statement.step() else { return nil }
            return try statement.withBytes(0) { bytes throws(StorageError) in
                try SealedDocument.open(bytes, record: record)
            }
        }
    }

    /// The document under exactly this `_id`, in one statement.
    final func document(
        in collection: CollectionInfo, id: [UInt8]
    ) throws -> (record: RecordID, document: [UInt8])? {
        let index = collection.idIndex
        let shards = (collection.shard, index.shard)
        return try connection.with(pair: shards) {
            statement throws(StorageError) -> (record: RecordID, document: [UInt8])? in
            statement.bind(1, index.prefix + id)
            guard try statement.step() else { return nil }
            let record = RecordID(raw: statement.integer(0))
            let document = try statement.withBytes(1) { bytes throws(StorageError) in
                try SealedDocument.open(bytes, record: record)
            }
            return (record, document)
        }
    }

    final func scan(_ collection: CollectionInfo, after: RecordID?, reverse: Bool) throws -> any RecordScan {
        let bounds = RecordID.bounds(of: collection.number)
        let statement = try connection.borrow(
            StatementKey(reverse ? .documentsDown : .documentsUp, shard: collection.shard))
        statement.bind(1, reverse ? bounds.lower.raw : (after ?? bounds.lower).raw)
        statement.bind(2, reverse ? (after ?? bounds.upper).raw : bounds.upper.raw)
        return DocumentRows(statement: statement, connection: connection)
    }

    final func scan(_ index: IndexInfo, _ range: KeyRange, reverse: Bool) throws -> any EntryScan {
        let statement = try connection.borrow(
            StatementKey(reverse ? .entriesDown : .entriesUp, shard: index.shard))
        statement.bind(1, index.prefix + range.lower)
        statement.bind(2, index.prefix + range.upper)
        return EntryRows(statement: statement, connection: connection)
    }

    /// The record under exactly this key of a unique index.
    final func record(in index: IndexInfo, key: [UInt8]) throws -> RecordID? {
        try connection.with(StatementKey(.entry, shard: index.shard)) { statement throws(StorageError) -> RecordID? in
            statement.bind(1, index.prefix + key)
            return try statement.step() ? RecordID(raw: statement.integer(0)) : nil
        }
    }

    private final class DocumentRows: RecordScan {
        private let statement: SQLiteStatement
        private let connection: SQLiteConnection

        init(statement: SQLiteStatement, connection: SQLiteConnection) {
            self.statement = statement
            self.connection = connection
        }

        deinit { connection.giveBack(statement) }

        func next() throws -> (record: RecordID, document: [UInt8])? {
            guard try statement.step() else { return nil }
            let record = RecordID(raw: statement.integer(0))
            let document = try statement.withBytes(1) { bytes throws(StorageError) in
                try SealedDocument.open(bytes, record: record)
            }
            return (record, document)
        }
    }

    private final class EntryRows: EntryScan {
        private let statement: SQLiteStatement
        private let connection: SQLiteConnection

        init(statement: SQLiteStatement, connection: SQLiteConnection) {
            self.statement = statement
            self.connection = connection
        }

        deinit { connection.giveBack(statement) }

        func next() throws -> (key: [UInt8], record: RecordID)? {
            guard try statement.step() else { return nil }
            let key = statement.withBytes(0) {
                [UInt8](UnsafeRawBufferPointer(rebasing: $0[IndexInfo.prefixLength...]))
            }
            return (key, RecordID(raw: statement.integer(1)))
        }
    }
}
