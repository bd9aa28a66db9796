import BSON

/// What the catalog knows of one collection: immutable, replaced as a whole when anything changes.
struct CollectionInfo: Sendable {
    /// Never used again after a drop.
    let number: Int
    let namespace: Namespace
    let uuid: [UInt8]
    /// The options of `create`, as `listCollections` shows them.
    var options: BSONDocument
    var indexes: [IndexInfo]
    var validation: ValidationRule?

    var shard: Int { number % StatementKey.shards }
    var idIndex: IndexInfo { indexes[0] }

    func index(named name: String) -> IndexInfo? { indexes.first { $0.name == name } }

    init(number: Int, namespace: Namespace, uuid: [UInt8], options: BSONDocument, indexes: [IndexInfo]) throws {
        self.number = number
        self.namespace = namespace
        self.uuid = uuid
        self.options = options
        self.indexes = indexes
        validation = try ValidationRule(options: options)
    }

    /// The form kept in the catalog table.
    var stored: BSONDocument {
        [
            "uuid": .binary(BSONBinary(subtype: 4, bytes: uuid)), "options": .document(options),
            "indexes": .array(indexes.map { .document($0.stored) }),
        ]
    }
}

/// Every collection at one moment.
struct Catalog: Sendable {
    private(set) var collections: [Namespace: CollectionInfo] = [:]

    subscript(namespace: Namespace) -> CollectionInfo? {
        get { collections[namespace] }
        set { collections[namespace] = newValue }
    }

    var databases: [String] { Set(collections.keys.map(\.database)).sorted() }

    /// In order of creation.
    func collections(in database: String) -> [CollectionInfo] {
        collections.values.filter { $0.namespace.database == database }.sorted { $0.number < $1.number }
    }
}
