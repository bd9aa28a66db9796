import BSON

struct IndexInfo: Sendable {
    /// Of what every key begins with in its table.
    static let prefixLength = 4

    /// Never used again after a drop.
    let number: Int
    /// As `listIndexes` shows it.
    let specification: BSONDocument
    /// Whether a document ever had several keys: then its order is no sort order, and two bounds on one field may be
    /// met by different elements.
    var isMultikey: Bool

    let prefix: [UInt8]
    let name: String
    let fields: [IndexField]
    let isUnique: Bool
    let isSparse: Bool
    let partialFilter: PartialFilter?
    let text: TextIndexOptions?

    init(number: Int, specification: BSONDocument, isMultikey: Bool = false) throws {
        self.number = number
        prefix = withUnsafeBytes(of: UInt32(number).bigEndian) { [UInt8]($0) }
        self.specification = specification
        self.isMultikey = isMultikey
        name = specification.string("name") ?? ""
        fields = (specification.document("key") ?? [:]).elements.map { IndexField(path: $0.key, direction: $0.value) }
        isUnique = name == "_id_" || specification.flag("unique")
        isSparse = specification.flag("sparse")
        partialFilter = try specification.document("partialFilterExpression").map { try PartialFilter($0) }
        text = TextIndexOptions(specification: specification)
    }

    var keyPattern: BSONDocument { specification.document("key") ?? [:] }
    var isID: Bool { name == "_id_" }
    var isText: Bool { text != nil }
    var shard: Int { number % Tables.shards }
    var expireAfterSeconds: Int64? { specification["expireAfterSeconds"].flatMap { Number($0)?.truncatedInt64 } }

    func agrees(with other: IndexInfo, on options: [String]) -> Bool {
        options.allSatisfy { MongoOrder.compare(specification[$0], other.specification[$0]) == 0 }
    }

    /// A key as it stands in the table, behind the prefix: a unique index has each key once, another also tells records
    /// apart.
    func entry(_ key: [UInt8], _ record: RecordID) -> [UInt8] { isUnique ? key : key + record.bytes }

    /// Whether two states of a document can have different keys: some field on which they rest is not the same.
    func mayDiffer(_ old: BSONDocument, _ new: BSONDocument) -> Bool {
        isText || partialFilter != nil || fields.contains { old[$0.parts[0]] != new[$0.parts[0]] }
    }
}

struct IndexField: Sendable {
    let path: String
    let parts: [String]
    let isDescending: Bool

    init(path: String, direction: BSONValue) {
        self.path = path
        parts = FieldPath.split(path)
        isDescending = (Number(direction)?.doubleValue ?? 1) < 0
    }
}
