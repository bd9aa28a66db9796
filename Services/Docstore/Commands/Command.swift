import BSON

/// A command the server understands: parsed by `init`, done by `run`. One small type each, listed in the registry.
protocol Command: SendableMetatype {
    static var name: String { get }
    /// Other spellings that old drivers use.
    static var aliases: [String] { get }
    /// Arguments beside the first and the generic ones.
    static var options: Set<String> { get }
    static var traits: CommandTraits { get }

    init(_ request: CommandRequest) throws
    func run(_ context: CommandContext) throws -> CommandReply
}

extension Command {
    static var aliases: [String] { [] }
    static var traits: CommandTraits { [] }
}

struct CommandTraits: OptionSet {
    let rawValue: Int

    /// May be part of a multi-document transaction.
    static let inTransaction = CommandTraits(rawValue: 1)
    /// Takes a transaction number outside of a transaction: a retry gets the first reply.
    static let retryable = CommandTraits(rawValue: 2)
    /// Only against the database `admin`.
    static let adminOnly = CommandTraits(rawValue: 4)
    /// Ends transactions, so looks after sessions by itself.
    static let endsTransaction = CommandTraits(rawValue: 8)
    /// Only with `--test-commands`.
    static let testOnly = CommandTraits(rawValue: 16)
    /// Takes arguments it does not know: drivers newer than the server say more when they say hello.
    static let ignoresUnknown = CommandTraits(rawValue: 32)
}

/// What a command answers, without `ok`.
enum CommandReply {
    case document(BSONDocument)
    /// A batch of documents as they are stored, wrapped as a cursor's reply.
    case cursor(CursorReply)

    static let done = CommandReply.document([:])

    func encode() -> [UInt8] {
        switch self {
        case .document(var document):
            document.append("ok", .double(1))
            return document.encode()
        case .cursor(let cursor): return cursor.encode()
        }
    }
}

/// One batch of a cursor.
struct CursorReply {
    let id: Int64
    let namespace: String
    let field: String
    let documents: [[UInt8]]
    /// MongoDB names the batch first in the replies of queries and last in those that list things.
    let namesBatchLast: Bool

    init(
        id: Int64 = 0, namespace: String, field: String = "firstBatch", documents: [[UInt8]],
        namesBatchLast: Bool = false
    ) {
        self.id = id
        self.namespace = namespace
        self.field = field
        self.documents = documents
        self.namesBatchLast = namesBatchLast
    }

    func encode() -> [UInt8] {
        var writer = BSONWriter(reserving: documents.reduce(160) { $0 + $1.count + 12 })
        let reply = writer.beginDocument()
        let cursor = writer.beginDocument("cursor")
        if !namesBatchLast { appendBatch(to: &writer) }
        writer.append("id", .int64(id))
        writer.append("ns", .string(namespace))
        if namesBatchLast { appendBatch(to: &writer) }
        writer.endDocument(cursor)
        writer.append("ok", .double(1))
        writer.endDocument(reply)
        return writer.bytes
    }

    private func appendBatch(to writer: inout BSONWriter) {
        let batch = writer.beginArray(field)
        for (index, document) in documents.enumerated() { writer.append(index: index, rawDocument: document) }
        writer.endDocument(batch)
    }
}
