import BSON

/// `insert`
struct InsertCommand: Command {
    static let name = "insert"
    static let traits: CommandTraits = [.inTransaction, .retryable]
    static let options: Set<String> = ["documents", "ordered", "bypassDocumentValidation"]

    private let namespace: Namespace
    private let documents: WriteDocuments
    private let isOrdered: Bool
    private let bypassesValidation: Bool

    init(_ request: CommandRequest) throws {
        namespace = try request.namespace()
        documents = try WriteDocuments("documents", request)
        let arguments = CommandArguments(request)
        isOrdered = request.body["ordered"] == nil ? true : try arguments.bool("ordered")
        bypassesValidation = try arguments.bool("bypassDocumentValidation")
    }

    func run(_ context: CommandContext) throws -> CommandReply {
        try namespace.requireWritable()
        let execution = WriteExecution(context: context, isOrdered: isOrdered)
        let outcome = try execution.run(count: documents.count) { index, writer in
            let prepared = try InsertedDocument(documents[index], encoded: documents.encoded(index))
            let collection = try writer.collection(namespace, context)
            if !bypassesValidation, let rule = collection.validation {
                try rule.check(prepared.document, previous: nil)
            }
            try writer.insert(prepared.document, encoded: prepared.bytes, into: collection)
            return StatementResult(matched: 1)
        }
        var reply: BSONDocument = ["n": .int32(Int32(outcome.results.count))]
        reply.append("writeErrors", ifPresent: outcome.writeErrors)
        return .document(reply)
    }
}

/// The statements of a write command: in the body, or as a sequence of documents.
struct WriteDocuments {
    private static let maximumCount = 100_000

    private var inline: [BSONDocument] = []
    private var raw: [[UInt8]] = []

    init(_ field: String, _ request: CommandRequest) throws {
        if let sequence = request.sequences.first(where: { $0.name == field }) {
            raw = sequence.documents
        } else {
            guard let value = request.body[field] else {
                throw CommandError(code: 40414, "BSON field '\(request.name).\(field)' is missing but a required field")
            }
            guard case .array(let values) = value else {
                throw CommandError.wrongType("\(request.name).\(field)", value, expected: "array")
            }
            inline = try values.enumerated().map { index, value in
                guard case .document(let document) = value else {
                    throw CommandError.wrongType("\(request.name).\(field).\(index)", value, expected: "object")
                }
                return document
            }
        }
        guard count > 0, count <= Self.maximumCount else {
            throw CommandError(
                .invalidLength,
                "Write batch sizes must be between 1 and \(Self.maximumCount). Got \(count) operations.")
        }
    }

    var count: Int { max(inline.count, raw.count) }

    /// The bytes of a statement that came in a sequence.
    func encoded(_ index: Int) -> [UInt8]? { raw.isEmpty ? nil : raw[index] }

    /// Every statement, parsed: for commands that look at all of them before the first is run.
    func all() throws -> [BSONDocument] { try (0..<count).map { try self[$0] } }

    /// - Throws: what is wrong with the bytes, as the statement's own error.
    subscript(index: Int) -> BSONDocument {
        get throws {
            if !inline.isEmpty { return inline[index] }
            return try BSONDocument(bytes: raw[index])
        }
    }
}

/// A document ready to be stored: `_id` first, and of a type that may be one.
struct InsertedDocument {
    static let maximumSize = 16 << 20

    let document: BSONDocument
    let bytes: [UInt8]

    /// - Parameter encoded: the same document as it came over the wire, if it did by itself.
    init(_ given: BSONDocument, encoded: [UInt8]? = nil) throws {
        var document = given
        var isAsGiven = given.first?.key == "_id"
        switch given.index(of: "_id") {
        case nil: document.elements.insert((key: "_id", value: .objectID(ObjectID())), at: 0)
        case 0: break
        case let index?:
            let id = document.elements.remove(at: index)
            document.elements.insert(id, at: 0)
        }
        try Self.check(id: document.elements[0].value)
        for index in document.elements.indices where document.elements[index].value == Self.noTime {
            isAsGiven = false
            document.elements[index].value = .timestamp(
                BSONTimestamp(seconds: UInt32(Clock.wall / 1000), increment: 1))
        }
        if isAsGiven, let encoded { bytes = encoded } else { bytes = document.encode() }
        guard bytes.count <= Self.maximumSize else {
            throw CommandError(
                .badValue,
                "object to insert too large. size in bytes: \(bytes.count), max size: \(Self.maximumSize)")
        }
        self.document = document
    }

    /// A timestamp of zeros asks the server to fill in the time.
    private static let noTime = BSONValue.timestamp(BSONTimestamp(seconds: 0, increment: 0))

    static func check(id: BSONValue) throws {
        switch id {
        case .array: throw CommandError(.badValue, "can't use an array for _id")
        case .regex: throw CommandError(.badValue, "can't use a regex for _id")
        case .undefined: throw CommandError(.badValue, "can't use a undefined for _id")
        case .document(let document):
            for key in document.keys where key.hasPrefix("$") {
                throw CommandError(.dollarPrefixedFieldName, "\(key) is not valid for storage.")
            }
        default: break
        }
    }
}
