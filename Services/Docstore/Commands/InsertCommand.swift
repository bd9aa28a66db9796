import BSON

extension Command {
    static let insert = Command(
        "insert", [.inTransaction, .retryable],
        options: [.array: "documents!", .bool: "ordered bypassDocumentValidation"]
    ) { context in
        let namespace = try context.request.writableNamespace()
        let documents = try context.request.statements("documents")
        let validates = !context.body.flag("bypassDocumentValidation")
        return try WriteBatch(context, count: documents.count) { index, writer in
            let document = try InsertedDocument(documents[index], into: writer.catalog[namespace])
            try document.insert(into: namespace, writer, validates: validates)
            return StatementResult(matched: 1, modified: 1)
        }.reply()
    }
}

/// A document ready to be stored: `_id` first, and of a type that may be one.
struct InsertedDocument {
    static let maximumSize = 16 << 20
    /// A timestamp of zeros asks the server to fill in the time.
    private static let noTime = BSONValue.timestamp(BSONTimestamp(seconds: 0, increment: 0))
    private static let idName = Array("_id\0".utf8)

    let document: BSONDocument
    private let bytes: [UInt8]

    var id: BSONValue { document.elements[0].value }

    /// A document as it came. Where it can be stored so, only what the indexes rest on is taken out of it.
    fileprivate init(_ bytes: [UInt8], into collection: CollectionInfo?) throws {
        if let fields = collection?.keyFields, bytes.dropFirst(5).starts(with: Self.idName) {
            let document = try BSONDocument(bytes: bytes, keeping: fields, and: .timestamp)
            if !document.elements.contains(where: { $0.value == Self.noTime }) {
                try self.init(document, as: bytes)
                return
            }
        }
        try self.init(BSONDocument(bytes: bytes), encoded: bytes)
    }

    init(_ given: BSONDocument, encoded: [UInt8]? = nil) throws {
        var (document, encoded) = (given, encoded)
        if given.first?.key != "_id" {
            encoded = nil
            let id = given.index(of: "_id").map { document.elements.remove(at: $0).value }
            document.elements.insert((key: "_id", value: id ?? .objectID(ObjectID())), at: 0)
        }
        for index in document.elements.indices where document.elements[index].value == Self.noTime {
            encoded = nil
            document.elements[index].value = .timestamp(at: Clock.wall)
        }
        try self.init(document, as: encoded ?? document.encode())
    }

    private init(_ document: BSONDocument, as bytes: [UInt8]) throws {
        self.document = document
        self.bytes = bytes
        try StorageRules.checkID(id, else: .badValue)
        try require(bytes.count <= Self.maximumSize, .badValue, "object to insert too large: \(bytes.count) bytes")
    }

    func insert(into namespace: Namespace, _ writer: any DocumentWriter, validates: Bool) throws {
        let collection = try writer.collection(namespace)
        if validates { try collection.validation?.check(document, previous: nil) }
        let record = try writer.newRecord(in: collection)
        try writer.change(record, from: nil, to: document, encoded: bytes, in: collection)
    }
}
