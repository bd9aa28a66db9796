import BSON

/// The catalog as it is kept in the data file.
enum CatalogTable {
    static func load(_ connection: SQLiteConnection) throws -> Catalog {
        var rows: [(number: Int, namespace: Namespace, body: [UInt8])] = []
        try connection.rows("SELECT number, database, name, body FROM catalog") { row in
            rows.append(
                (
                    Int(row.integer(0)), Namespace(database: row.text(1), collection: row.text(2)), row.bytes(3)
                ))
        }
        var catalog = Catalog()
        for row in rows { catalog[row.namespace] = try read(row.number, row.namespace, row.body) }
        return catalog
    }

    static func save(_ collection: CollectionInfo, _ connection: SQLiteConnection) throws(StorageError) {
        let body = SealedDocument.seal(collection.stored.encode())
        try connection.run("INSERT OR REPLACE INTO catalog VALUES (?1, ?2, ?3, ?4)") { statement in
            statement.bind(1, Int64(collection.number))
            statement.bind(2, collection.namespace.database)
            statement.bind(3, collection.namespace.collection)
            statement.bind(4, body)
        }
    }

    static func remove(_ number: Int, _ connection: SQLiteConnection) throws(StorageError) {
        try connection.run("DELETE FROM catalog WHERE number = ?1") { $0.bind(1, Int64(number)) }
    }

    /// The next number of a kind (`collection` or `index`), never given out before.
    static func newNumber(_ kind: String, _ connection: SQLiteConnection) throws(StorageError) -> Int {
        var number = 0
        try connection.rows("UPDATE meta SET value = value + 1 WHERE name = '\(kind)' RETURNING value") {
            number = Int($0.integer(0))
        }
        return number
    }

    private static func read(_ number: Int, _ namespace: Namespace, _ body: [UInt8]) throws -> CollectionInfo {
        let bytes = try body.withUnsafeBytes { buffer throws(StorageError) in
            try SealedDocument.open(buffer, record: RecordID(collection: number, sequence: 0))
        }
        let document = try BSONDocument(bytes: bytes)
        let indexes = try (document.array("indexes") ?? []).compactMap(\.documentValue).map { index in
            try IndexInfo(
                number: index.int("number") ?? 0, specification: index.document("spec") ?? [:],
                isMultikey: index.bool("multikey") ?? false)
        }
        guard !indexes.isEmpty else { throw StorageError.damaged("collection \(namespace) has no index on _id") }
        return try CollectionInfo(
            number: number, namespace: namespace, uuid: document.bytes("uuid") ?? [],
            options: document.document("options") ?? [:], indexes: indexes)
    }
}
