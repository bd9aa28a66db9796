import BSON

enum CommandReply: ExpressibleByDictionaryLiteral {
    /// Without `ok`.
    case document(BSONDocument)
    /// Whole: a batch holds documents as they are stored.
    case encoded([UInt8])

    init(dictionaryLiteral elements: (String, BSONValue)...) {
        self = .document(BSONDocument(elements: elements.map { (key: $0, value: $1) }))
    }

    /// One batch of a cursor.
    /// - Parameter isListing: MongoDB names the batch first in the replies of queries and last in those of lists.
    static func batch(
        _ documents: [[UInt8]], of namespace: Namespace, id: Int64 = 0, as field: String = "firstBatch",
        isListing: Bool = false
    ) -> CommandReply {
        var writer = BSONWriter(reserving: documents.reduce(160) { $0 + $1.count + 12 })
        func appendBatch() {
            let batch = writer.beginArray(field)
            for (index, document) in documents.enumerated() { writer.append(index: index, rawDocument: document) }
            writer.endDocument(batch)
        }
        let reply = writer.beginDocument()
        let cursor = writer.beginDocument("cursor")
        if !isListing { appendBatch() }
        writer.append("id", .int64(id))
        writer.append("ns", .string("\(namespace)"))
        if isListing { appendBatch() }
        writer.endDocument(cursor)
        writer.append("ok", .double(1))
        writer.endDocument(reply)
        return .encoded(writer.bytes)
    }

    func encode() -> [UInt8] {
        switch self {
        case .document(var document):
            document.append("ok", .double(1))
            return document.encode()
        case .encoded(let bytes): return bytes
        }
    }
}
