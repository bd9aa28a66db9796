import BSON

extension Command {
    static let insert = Command(
        "insert", [.inTransaction, .retryable],
        options: [.array("documents").required, .bool("ordered", "bypassDocumentValidation")]
    ) { context in
        let namespace = try context.request.writableNamespace()
        let statements = try WriteStatements("documents", of: context.request)
        let validates = !context.body.flag("bypassDocumentValidation")
        return try WriteBatch(context, count: statements.count) { index, writer in
            let document = try InsertedDocument(statements, index, into: writer.catalog[namespace])
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

    let document: BSONDocument
    private let bytes: [UInt8]

    var id: BSONValue { document.elements[0].value }

    /// - Parameter encoded: the same document as it came over the wire, if it did by itself.
    init(_ given: BSONDocument, encoded: [UInt8]? = nil) throws {
        var document = given
        var isAsGiven = given.first?.key == "_id"
        if !isAsGiven {
            let id = given.index(of: "_id").map { document.elements.remove(at: $0).value }
            document.elements.insert((key: "_id", value: id ?? .objectID(ObjectID())), at: 0)
        }
        try Self.check(id: document.elements[0].value)
        for index in document.elements.indices where document.elements[index].value == Self.noTime {
            isAsGiven = false
            let now = BSONTimestamp(seconds: UInt32(Clock.wall / 1000), increment: 1)
            document.elements[index].value = .timestamp(now)
        }
        if isAsGiven, let encoded { bytes = encoded } else { bytes = document.encode() }
        guard bytes.count <= Self.maximumSize else {
            throw CommandError(
                .badValue, "object to insert too large. size in bytes: \(bytes.count), max size: \(Self.maximumSize)")
        }
        self.document = document
    }

    /// Where the document can be stored as it came, only what the indexes rest on is taken out of it.
    init(_ statements: WriteStatements, _ index: Int, into collection: CollectionInfo?) throws {
        if let fields = collection?.keyFields, let bytes = statements.encoded(index),
            let document = try Self(asIs: bytes, keeping: fields)
        {
            self = document
        } else {
            let (document, encoded) = try statements[index]
            try self.init(document, encoded: encoded)
        }
    }

    /// - Returns: nil if the document is not stored exactly as it came.
    private init?(asIs encoded: [UInt8], keeping fields: BSONFieldNames) throws {
        guard encoded.count <= Self.maximumSize, encoded.dropFirst(5).starts(with: Self.idName) else { return nil }
        document = try BSONDocument(bytes: encoded, keeping: fields, and: .timestamp)
        guard !document.elements.contains(where: { $0.value == Self.noTime }) else { return nil }
        try Self.check(id: document.elements[0].value)
        bytes = encoded
    }

    private static let idName = Array("_id\0".utf8)

    func insert(into namespace: Namespace, _ writer: any DocumentWriter, validates: Bool) throws {
        let collection = try writer.collection(namespace)
        if validates { try collection.validation?.check(document, previous: nil) }
        let record = try writer.newRecord(in: collection)
        try writer.change(record, from: nil, to: document, encoded: bytes, in: collection)
    }

    private static func check(id: BSONValue) throws {
        switch id {
        case .array, .regex, .undefined: throw CommandError(.badValue, "can't use a \(id.typeName) for _id")
        case .document(let document):
            for key in document.keys where key.hasPrefix("$") {
                throw CommandError(.dollarPrefixedFieldName, "\(key) is not valid for storage.")
            }
        default: break
        }
    }
}
