import BSON

/// Exists only inside `Store.write`.
final class Writer: ConnectionView, DocumentWriter {
    private let store: Store
    private(set) var catalogChanged = false
    /// What this commit changed, kept only while transactions are open.
    private(set) var touched: [ConflictKey] = []
    private let committing: Int64?

    init(store: Store, connection: SQLiteConnection, catalog: Catalog, committing: Int64?) {
        self.store = store
        self.committing = committing
        super.init(connection: connection, catalog: catalog)
    }

    func newRecord(in collection: CollectionInfo) throws -> RecordID { try store.newRecord(in: collection) }
    func claim(_ record: RecordID) throws { try requireFree(.document(record)) }

    func put(_ document: [UInt8]?, at record: RecordID, isNew: Bool, in collection: CollectionInfo) throws {
        if let document {
            let sql: StaticString =
                isNew ? "INSERT INTO documents_# VALUES (?1, ?2)" : "UPDATE documents_# SET body = ?2 WHERE record = ?1"
            try connection.run(sql, shard: collection.shard, record.raw, SealedDocument.seal(document))
        } else {
            try connection.run("DELETE FROM documents_# WHERE record = ?1", shard: collection.shard, record.raw)
        }
        touch(.document(record))
    }

    func insertEntry(_ index: IndexInfo, _ key: [UInt8], _ record: RecordID) throws -> Bool {
        if index.isUnique {
            try requireFree(.unique(index: index.number, key: key))
            touch(.unique(index: index.number, key: key))
        }
        let entry = index.prefix + index.entry(key, record)
        let sql: StaticString = "INSERT OR IGNORE INTO entries_# VALUES (?1, ?2)"
        return try connection.run(sql, shard: index.shard, entry, record.raw) > 0
    }

    func removeEntry(_ index: IndexInfo, _ key: [UInt8], _ record: RecordID) throws {
        if index.isUnique { touch(.unique(index: index.number, key: key)) }
        let entry = index.prefix + index.entry(key, record)
        try connection.run("DELETE FROM entries_# WHERE key = ?1", shard: index.shard, entry)
    }

    private func touch(_ key: ConflictKey) {
        if store.conflicts.hasOpenTransactions { touched.append(key) }
    }

    private func requireFree(_ key: ConflictKey) throws {
        guard !store.conflicts.isQuiet, let holder = store.conflicts.holder(of: key) else { return }
        if holder != committing { throw HeldByTransaction() }
    }

    func statement<R>(_ body: () throws -> R) throws -> R {
        if store.conflicts.isQuiet { return try body() }
        try connection.run("SAVEPOINT statement")
        do {
            let result = try body()
            try connection.run("RELEASE statement")
            return result
        } catch {
            if error is HeldByTransaction { try connection.run("ROLLBACK TO statement") }
            try connection.run("RELEASE statement")
            throw error
        }
    }

    func setCollection(_ collection: CollectionInfo) throws {
        let name = collection.namespace
        try connection.run(
            "INSERT OR REPLACE INTO catalog VALUES (?1, ?2, ?3, ?4)", Int64(collection.number), name.database,
            name.collection, collection.stored)
        catalog[name] = collection
        catalogChanged = true
    }

    func drop(_ collection: CollectionInfo) throws {
        try connection.run("DELETE FROM catalog WHERE number = ?1", Int64(collection.number))
        let (lower, upper) = RecordID.bounds(of: collection.number)
        let sql: StaticString = "DELETE FROM documents_# WHERE record > ?1 AND record < ?2"
        try connection.run(sql, shard: collection.shard, lower.raw, upper.raw)
        for index in collection.indexes { try clear(index) }
        catalog[collection.namespace] = nil
        catalogChanged = true
    }

    func drop(database: String) throws -> Bool {
        for collection in catalog.collections(in: database) { try drop(collection) }
        catalogChanged = true
        return catalog.databases.remove(database) != nil
    }

    func clear(_ index: IndexInfo) throws {
        let range = KeyRange(prefix: index.prefix)
        let sql: StaticString = "DELETE FROM entries_# WHERE key >= ?1 AND key < ?2"
        try connection.run(sql, shard: index.shard, range.lower, range.upper)
    }

    /// Remembers what happened under a session, so that a retry after a crash is answered like one before it.
    func save(_ record: SessionRecord) throws {
        let sql: StaticString = "INSERT OR REPLACE INTO retries_# VALUES (?1, ?2, ?3)"
        try connection.run(sql, shard: record.shard, record.session.bytes, Clock.wall, record.encoded)
    }

    func newNumber(_ kind: String) throws -> Int {
        let sql: StaticString = "UPDATE meta SET value = value + 1 WHERE name = ?1 RETURNING value"
        return try connection.first(sql, kind) { Int($0.integer(0)) } ?? 0
    }
}
