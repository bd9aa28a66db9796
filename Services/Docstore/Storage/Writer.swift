import BSON

/// What a writing command may do, directly or inside a transaction. One document at a time: a document's own row, its
/// entries in every index and the checks of uniqueness happen together or not at all.
protocol DocumentWriter: StoreView {
    /// - Throws: 11000 `DuplicateKey`, `WriteConflict`, or `HeldByTransaction` where waiting helps.
    func insert(_ document: BSONDocument, encoded: [UInt8], into collection: CollectionInfo) throws
    func replace(
        _ record: RecordID, _ old: BSONDocument, with new: BSONDocument, encoded: [UInt8],
        in collection: CollectionInfo
    ) throws
    func delete(_ record: RecordID, _ old: BSONDocument, from collection: CollectionInfo) throws
}

/// A writer outside of transactions met what an open transaction holds: undo the statement, wait, try again.
struct HeldByTransaction: Error {
    let transaction: Int64
}

/// Writes straight into the data file. Exists only inside `Store.write`.
final class Writer: ConnectionView, DocumentWriter {
    private let store: Store
    private(set) var catalogChanged = false
    /// What this commit changed, kept only while transactions are open.
    private(set) var touched: [ConflictKey] = []

    init(store: Store, connection: SQLiteConnection, catalog: Catalog) {
        self.store = store
        super.init(connection: connection, catalog: catalog)
    }

    // MARK: documents

    func insert(_ document: BSONDocument, encoded: [UInt8], into collection: CollectionInfo) throws {
        try insert(document, encoded: encoded, into: collection, as: try store.newRecord(in: collection))
    }

    func insert(
        _ document: BSONDocument, encoded: [UInt8], into collection: CollectionInfo, as record: RecordID
    ) throws {
        var change = EntryChange()
        for index in collection.indexes {
            let keys = try IndexKeyGenerator.keys(of: document, in: index)
            change.add(index, remove: [], insert: keys.keys)
            if keys.isMultikey, !index.isMultikey { try markMultikey(index, of: collection.namespace) }
        }
        try apply(change, record: record, document: document, collection: collection)
        let stored = SealedDocument.seal(encoded)
        try connection.with(StatementKey(.insertDocument, shard: collection.shard)) { statement throws(StorageError) in
            statement.bind(1, record.raw)
            try statement.run(binding: stored, at: 2)
        }
        touch(.document(record))
    }

    func replace(
        _ record: RecordID, _ old: BSONDocument, with new: BSONDocument, encoded: [UInt8],
        in collection: CollectionInfo
    ) throws {
        try requireFree(.document(record))
        var change = EntryChange()
        // `_id` never changes.
        for index in collection.indexes.dropFirst() where index.mayDiffer(old, new) {
            let before = try IndexKeyGenerator.keys(of: old, in: index)
            let after = try IndexKeyGenerator.keys(of: new, in: index)
            if after.isMultikey, !index.isMultikey { try markMultikey(index, of: collection.namespace) }
            if before.keys == after.keys { continue }
            change.add(
                index, remove: before.keys.filter { !after.keys.contains($0) },
                insert: after.keys.filter { !before.keys.contains($0) })
        }
        try apply(change, record: record, document: new, collection: collection)
        let stored = SealedDocument.seal(encoded)
        try connection.with(StatementKey(.updateDocument, shard: collection.shard)) { statement throws(StorageError) in
            statement.bind(1, record.raw)
            try statement.run(binding: stored, at: 2)
        }
        touch(.document(record))
    }

    func delete(_ record: RecordID, _ old: BSONDocument, from collection: CollectionInfo) throws {
        try requireFree(.document(record))
        for index in collection.indexes {
            for key in try IndexKeyGenerator.keys(of: old, in: index).keys {
                try removeEntry(index, key, record)
            }
        }
        try connection.with(StatementKey(.deleteDocument, shard: collection.shard)) { statement throws(StorageError) in
            statement.bind(1, record.raw)
            try statement.run()
        }
        touch(.document(record))
    }

    // MARK: index entries

    /// What an operation changes in the indexes.
    private struct EntryChange {
        var inserts: [(index: IndexInfo, key: [UInt8])] = []
        var removals: [(index: IndexInfo, key: [UInt8])] = []

        mutating func add(_ index: IndexInfo, remove: [[UInt8]], insert: [[UInt8]]) {
            for key in remove { removals.append((index, key)) }
            for key in insert { inserts.append((index, key)) }
        }
    }

    private func apply(
        _ change: EntryChange, record: RecordID, document: BSONDocument, collection: CollectionInfo
    ) throws {
        for position in change.inserts.indices {
            let (index, key) = change.inserts[position]
            if index.isUnique { try requireFree(.unique(index: index.number, key: key)) }
            if try insertEntry(index, key, record) { continue }
            for (index, key) in change.inserts[..<position] { try removeEntry(index, key, record) }
            throw try CommandError.duplicateKey(index, key, document, collection.namespace)
        }
        for (index, key) in change.removals { try removeEntry(index, key, record) }
    }

    /// - Returns: false if a unique index already has the key.
    func insertEntry(_ index: IndexInfo, _ key: [UInt8], _ record: RecordID) throws(StorageError) -> Bool {
        if index.isUnique { touch(.unique(index: index.number, key: key)) }
        return try connection.with(StatementKey(.insertEntry, shard: index.shard)) { statement throws(StorageError) in
            statement.bind(1, index.entry(key, record))
            statement.bind(2, record.raw)
            try statement.run()
            return connection.changes > 0
        }
    }

    private func removeEntry(_ index: IndexInfo, _ key: [UInt8], _ record: RecordID) throws(StorageError) {
        if index.isUnique { touch(.unique(index: index.number, key: key)) }
        try connection.with(StatementKey(.deleteEntry, shard: index.shard)) { statement throws(StorageError) in
            statement.bind(1, index.entry(key, record))
            try statement.run()
        }
    }

    // MARK: conflicts with transactions

    private func touch(_ key: ConflictKey) {
        if store.conflicts.hasOpenTransactions { touched.append(key) }
    }

    private func requireFree(_ key: ConflictKey) throws {
        guard !store.conflicts.isQuiet, let holder = store.conflicts.holder(of: key) else { return }
        if holder != committing { throw HeldByTransaction(transaction: holder) }
    }

    /// The transaction whose writes are being applied.
    var committing: Int64?

    /// Undoes everything since the statement began if it throws.
    func statement<R>(_ body: () throws -> R) throws -> R {
        if store.conflicts.isQuiet { return try body() }
        try connection.run(.savepoint)
        do {
            let result = try body()
            try connection.run(.release)
            return result
        } catch let error as HeldByTransaction {
            try connection.run(.rollbackTo)
            try connection.run(.release)
            throw error
        } catch {
            try connection.run(.release)
            throw error
        }
    }

    // MARK: catalog

    func setCollection(_ collection: CollectionInfo) throws(StorageError) {
        try CatalogTable.save(collection, connection)
        catalog[collection.namespace] = collection
        catalogChanged = true
        store.note(database: collection.namespace.database)
    }

    func dropCollection(_ collection: CollectionInfo) throws(StorageError) {
        try CatalogTable.remove(collection.number, connection)
        let bounds = RecordID.bounds(of: collection.number)
        try connection.with(StatementKey(.deleteDocuments, shard: collection.shard)) { statement throws(StorageError) in
            statement.bind(1, bounds.lower.raw)
            statement.bind(2, bounds.upper.raw)
            try statement.run()
        }
        for index in collection.indexes { try clear(index) }
        catalog[collection.namespace] = nil
        catalogChanged = true
    }

    /// Removes every entry of an index.
    func clear(_ index: IndexInfo) throws(StorageError) {
        let range = KeyRange(prefix: index.prefix)
        try connection.with(StatementKey(.deleteEntries, shard: index.shard)) { statement throws(StorageError) in
            statement.bind(1, range.lower)
            statement.bind(2, range.upper)
            try statement.run()
        }
    }

    func newNumber(_ kind: String) throws(StorageError) -> Int { try CatalogTable.newNumber(kind, connection) }

    private func markMultikey(_ index: IndexInfo, of namespace: Namespace) throws(StorageError) {
        guard var collection = catalog[namespace],
            let position = collection.indexes.firstIndex(where: { $0.number == index.number }),
            !collection.indexes[position].isMultikey
        else { return }
        collection.indexes[position].isMultikey = true
        try setCollection(collection)
    }

    func saveSession(_ id: SessionID, _ body: [UInt8]) throws(StorageError) {
        try store.sessions.save(id, body, connection)
    }
}
