import BSON

/// What a command answers, without `ok`.
enum CommandReply: ExpressibleByDictionaryLiteral {
    case document(BSONDocument)
    /// A batch of documents as they are stored, wrapped as a cursor's reply.
    case cursor(CursorReply)

    init(dictionaryLiteral elements: (String, BSONValue)...) {
        self = .document(BSONDocument(elements: elements.map { (key: $0, value: $1) }))
    }

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
    var id: Int64 = 0
    let namespace: Namespace
    var field = "firstBatch"
    let documents: [[UInt8]]
    /// MongoDB names the batch first in the replies of queries and last in those that list things.
    var namesBatchLast = false

    fileprivate func encode() -> [UInt8] {
        var writer = BSONWriter(reserving: documents.reduce(160) { $0 + $1.count + 12 })
        let reply = writer.beginDocument()
        let cursor = writer.beginDocument("cursor")
        if !namesBatchLast { appendBatch(to: &writer) }
        writer.append("id", .int64(id))
        writer.append("ns", .string("\(namespace)"))
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

extension BSONValue {
    /// A count, as replies spell it.
    static func int(_ count: Int) -> BSONValue { .int32(Int32(clamping: count)) }
}
