import BSON

/// OP_QUERY on `$cmd`: how a driver says hello before it knows the server. Nothing else may come in this form.
enum OpQuery {
    static func parse(_ message: UnsafeRawBufferPointer, _ header: MessageHeader) throws(WireError) -> WireRequest {
        var reader = WireReader(message, from: MessageHeader.length, to: message.count)
        _ = try reader.int32()
        let namespace = try reader.cString()
        guard namespace.hasSuffix(".$cmd") else { throw .malformed("OP_QUERY on \(namespace)") }
        _ = try reader.int32()
        _ = try reader.int32()
        var body = try reader.document()
        if body["$query"] != nil, let inner = body.document("$query") { body = inner }
        if body["$db"] == nil { body.append("$db", .string(String(namespace.dropLast(5)))) }
        return WireRequest(
            form: .query, requestID: header.requestID, body: body, sequences: [], wantsNoReply: false)
    }

    /// OP_REPLY with one document.
    static func encodeReply(_ document: [UInt8], id: Int32, responseTo: Int32) -> [UInt8] {
        var message: [UInt8] = []
        // Header; then flags (await capable), cursor id (two words), starting from, number returned.
        let words: [Int32] = [Int32(36 + document.count), id, responseTo, 1, 8, 0, 0, 0, 1]
        message.reserveCapacity(36 + document.count)
        for word in words { withUnsafeBytes(of: word.littleEndian) { message.append(contentsOf: $0) } }
        message.append(contentsOf: document)
        return message
    }
}
