import BSON

struct MessageHeader {
    static let length = 16
    static let maximumMessageLength = 48_000_000

    let messageLength: Int
    let requestID: Int32
    let opcode: Int32

    init(_ bytes: UnsafeRawBufferPointer) throws(WireError) {
        var reader = WireReader(bytes)
        messageLength = Int(try reader.int32())
        requestID = try reader.int32()
        _ = try reader.int32()
        opcode = try reader.int32()
        let isAllowed = (Self.length...Self.maximumMessageLength).contains(messageLength)
        guard isAllowed else { throw .malformed("message length \(messageLength)") }
    }
}

struct WireRequest {
    /// OP_MSG, or OP_QUERY on `$cmd`: how a driver says hello before it knows the server.
    enum Form: Int32 { case message = 2013, query = 2004 }

    private static let checksumPresent: Int32 = 1
    private static let moreToCome: Int32 = 2
    /// Flag bits that a receiver must understand, of which there are two.
    private static let unknownFlags: Int32 = 0xFFFC

    let form: Form
    private let requestID: Int32
    /// The command, without what came as document sequences.
    private(set) var body: BSONDocument = [:]
    /// Arguments that came as sequences of whole documents: `documents`, `updates`, `deletes`.
    private(set) var sequences: [(name: String, documents: [[UInt8]])] = []
    private(set) var wantsNoReply = false

    init(_ message: UnsafeRawBufferPointer) throws(WireError) {
        let header = try MessageHeader(message)
        guard header.messageLength == message.count else { throw .malformed("message length") }
        guard let form = Form(rawValue: header.opcode) else { throw .unsupportedOpcode(header.opcode) }
        self.form = form
        requestID = header.requestID
        if form == .message { try readMessage(message) } else { try readQuery(message) }
    }

    private mutating func readMessage(_ message: UnsafeRawBufferPointer) throws(WireError) {
        var reader = WireReader(message)
        _ = try reader.take(MessageHeader.length)
        let flags = try reader.int32()
        guard flags & Self.unknownFlags == 0 else { throw .malformed("unknown flag bits") }
        wantsNoReply = flags & Self.moreToCome != 0
        if flags & Self.checksumPresent != 0 {
            let sections = try reader.take(reader.count - 4)
            let stated = UInt32(bitPattern: try reader.int32())
            let covered = UnsafeRawBufferPointer(rebasing: message.dropLast(4))
            guard CRC32C.checksum(covered) == stated else { throw .badChecksum }
            reader = WireReader(sections)
        }
        var bodies = 0
        while !reader.isAtEnd {
            switch try reader.byte() {
            case 0:
                body = try reader.document()
                bodies += 1
            case 1: try readSequence(try reader.extent())
            case let kind: throw .malformed("section of kind \(kind)")
            }
        }
        guard bodies == 1 else { throw .malformed("\(bodies) command documents") }
    }

    private mutating func readSequence(_ section: UnsafeRawBufferPointer) throws(WireError) {
        var reader = WireReader(section)
        _ = try reader.int32()
        let name = try reader.cString()
        guard !sequences.contains(where: { $0.name == name }) else { throw .malformed("sequence \(name) twice") }
        var documents: [[UInt8]] = []
        while !reader.isAtEnd { documents.append([UInt8](try reader.extent())) }
        sequences.append((name, documents))
    }

    private mutating func readQuery(_ message: UnsafeRawBufferPointer) throws(WireError) {
        var reader = WireReader(message)
        _ = try reader.take(MessageHeader.length + 4)
        let namespace = try reader.cString()
        guard namespace.hasSuffix(".$cmd") else { throw .malformed("OP_QUERY on \(namespace)") }
        _ = try reader.take(8)  // how many to skip and to return
        body = try reader.document()
        if let inner = body.document("$query") { body = inner }
        if body["$db"] == nil { body.append("$db", .string(String(namespace.dropLast(5)))) }
    }

    /// What goes before a reply's document, as this request's form demands.
    func replyHead(_ documentLength: Int, id: Int32) -> [UInt8] {
        let length = Int32(documentLength)
        // OP_REPLY has flags (await capable), a cursor's id in two words, where it starts, and how many documents.
        let words =
            form == .message
            ? [length + 21, id, requestID, Form.message.rawValue, 0] : [length + 36, id, requestID, 1, 8, 0, 0, 0, 1]
        var head: [UInt8] = []
        head.reserveCapacity(documentLength < Connection.usualSize ? documentLength + 36 : 36)
        for word in words { withUnsafeBytes(of: word.littleEndian) { head.append(contentsOf: $0) } }
        if form == .message { head.append(0) }
        return head
    }
}
