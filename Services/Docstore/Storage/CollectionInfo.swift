import BSON

/// What the catalog knows of one collection: immutable, replaced as a whole when anything changes.
struct CollectionInfo: Sendable {
    /// Never used again after a drop.
    let number: Int
    let namespace: Namespace
    let uuid: BSONValue
    let options: BSONDocument
    var indexes: [IndexInfo] { didSet { keyFields = Self.keyFields(indexes, validation) } }
    let validation: ValidationRule?
    /// The fields that have to be read of a document to insert it; nil where all do.
    private(set) var keyFields: BSONFieldNames?

    var shard: Int { number % Tables.shards }
    var idIndex: IndexInfo { indexes[0] }

    init(number: Int, namespace: Namespace, uuid: BSONValue, options: BSONDocument, indexes: [IndexInfo]) throws {
        self.number = number
        self.namespace = namespace
        self.uuid = uuid
        self.options = options
        self.indexes = indexes
        validation = try ValidationRule(options: options)
        keyFields = Self.keyFields(indexes, validation)
    }

    func with(options: BSONDocument) throws -> CollectionInfo {
        try CollectionInfo(number: number, namespace: namespace, uuid: uuid, options: options, indexes: indexes)
    }

    private static func keyFields(_ indexes: [IndexInfo], _ validation: ValidationRule?) -> BSONFieldNames? {
        if validation != nil || indexes.contains(where: { $0.isText || $0.partialFilter != nil }) { return nil }
        return BSONFieldNames(Set(indexes.flatMap { $0.fields.map { $0.parts[0] } }))
    }

    init(_ row: borrowing SQLiteStatement) throws {
        let number = Int(row.integer(0))
        let record = RecordID(collection: number, sequence: 0)
        let body = try BSONDocument(bytes: try row.withBytes(3) { try SealedDocument.open($0, record: record) })
        let indexes = try (body.array("indexes") ?? []).compactMap(\.documentValue).map { index in
            try IndexInfo(
                number: index.int("number") ?? 0, specification: index.document("spec") ?? [:],
                isMultikey: index.bool("multikey") ?? false)
        }
        if indexes.isEmpty { throw StorageError.damaged("collection \(number) has no index on _id") }
        try self.init(
            number: number, namespace: Namespace(database: row.text(1), collection: row.text(2)),
            uuid: body["uuid"] ?? .null, options: body.document("options") ?? [:], indexes: indexes)
    }

    var stored: [UInt8] {
        let indexes = indexes.map { index -> BSONValue in
            let number = BSONValue.int64(Int64(index.number))
            return ["number": number, "spec": .document(index.specification), "multikey": .bool(index.isMultikey)]
        }
        let body: BSONDocument = ["uuid": uuid, "options": .document(options), "indexes": .array(indexes)]
        return SealedDocument.seal(body.encode())
    }
}

struct Catalog: Sendable {
    private(set) var collections: [Namespace: CollectionInfo] = [:]
    /// A database exists from its first collection until it is dropped, empty or not.
    var databases: Set<String> = []

    subscript(namespace: Namespace) -> CollectionInfo? {
        get { collections[namespace] }
        set {
            collections[namespace] = newValue
            if newValue != nil { databases.insert(namespace.database) }
        }
    }

    func existing(_ namespace: Namespace) throws -> CollectionInfo {
        try collections[namespace].orThrow(.init(.namespaceNotFound, "ns not found: \(namespace)"))
    }

    /// In order of creation.
    func collections(in database: String) -> [CollectionInfo] {
        collections.values.filter { $0.namespace.database == database }.sorted { $0.number < $1.number }
    }
}
