import BSON

/// Why a message is refused; the connection closes.
enum WireError: Error, Equatable {
    case malformed(String)
    case tooLarge(Int)
    case unsupportedOpcode(Int32)
    case badChecksum
}

/// The 16 bytes before every message.
struct MessageHeader: Equatable {
    static let length = 16
    /// As `hello` announces it.
    static let maximumMessageLength = 48_000_000

    let messageLength: Int
    let requestID: Int32
    let responseTo: Int32
    let opcode: Int32

    init(_ bytes: UnsafeRawBufferPointer) throws(WireError) {
        func word(_ offset: Int) -> Int32 {
            Int32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Int32.self))
        }
        let length = Int(word(0))
        guard length >= Self.length else { throw .malformed("message length \(length)") }
        guard length <= Self.maximumMessageLength else { throw .tooLarge(length) }
        messageLength = length
        requestID = word(4)
        responseTo = word(8)
        opcode = word(12)
    }
}

/// A command as it came over the wire, whatever the message's form.
struct WireRequest {
    enum Form { case message, query }

    let form: Form
    let requestID: Int32
    /// The command, without what came as document sequences.
    let body: BSONDocument
    /// Arguments that came as sequences of whole documents: `documents`, `updates`, `deletes`.
    let sequences: [(name: String, documents: [[UInt8]])]
    /// The client waits for no reply.
    let wantsNoReply: Bool

    private static let messageOpcode: Int32 = 2013
    private static let queryOpcode: Int32 = 2004

    /// - Parameter message: a whole message with its header.
    init(_ message: UnsafeRawBufferPointer) throws(WireError) {
        let header = try MessageHeader(message)
        guard header.messageLength == message.count else { throw .malformed("message length") }
        switch header.opcode {
        case Self.messageOpcode: self = try OpMsg.parse(message, header)
        case Self.queryOpcode: self = try OpQuery.parse(message, header)
        default: throw .unsupportedOpcode(header.opcode)
        }
    }

    init(
        form: Form, requestID: Int32, body: BSONDocument, sequences: [(name: String, documents: [[UInt8]])],
        wantsNoReply: Bool
    ) {
        self.form = form
        self.requestID = requestID
        self.body = body
        self.sequences = sequences
        self.wantsNoReply = wantsNoReply
    }

    /// Wraps a reply as this request's form demands.
    func reply(_ document: [UInt8], id: Int32) -> [UInt8] {
        switch form {
        case .message: OpMsg.encode(document, id: id, responseTo: requestID)
        case .query: OpQuery.encodeReply(document, id: id, responseTo: requestID)
        }
    }
}

/// Reads little-endian fields of a message, never past its end.
struct WireReader {
    private let bytes: UnsafeRawBufferPointer
    private(set) var offset: Int
    let end: Int

    init(_ bytes: UnsafeRawBufferPointer, from offset: Int, to end: Int) {
        self.bytes = bytes
        self.offset = offset
        self.end = end
    }

    var isAtEnd: Bool { offset == end }

    mutating func byte() throws(WireError) -> UInt8 {
        guard offset < end else { throw .malformed("ends early") }
        defer { offset += 1 }
        return bytes[offset]
    }

    mutating func int32() throws(WireError) -> Int32 {
        guard end - offset >= 4 else { throw .malformed("ends early") }
        defer { offset += 4 }
        return Int32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Int32.self))
    }

    mutating func cString() throws(WireError) -> String {
        let start = offset
        while try byte() != 0 {}
        return String(decoding: bytes[start..<offset - 1], as: UTF8.self)
    }

    /// The extent of the document here, by its own length.
    mutating func documentExtent() throws(WireError) -> UnsafeRawBufferPointer {
        let start = offset
        let length = Int(try int32())
        guard length >= 5, length <= end - start else { throw .malformed("document length \(length)") }
        offset = start + length
        return UnsafeRawBufferPointer(rebasing: bytes[start..<offset])
    }

    mutating func document() throws(WireError) -> BSONDocument {
        let extent = try documentExtent()
        do {
            return try BSONDocument.parse(extent.bindMemory(to: UInt8.self))
        } catch {
            throw .malformed("\(error)")
        }
    }

    /// Goes on up to `length` bytes from here.
    func limited(to length: Int) throws(WireError) -> WireReader {
        guard length >= 0, length <= end - offset else { throw .malformed("section length \(length)") }
        return WireReader(bytes, from: offset, to: offset + length)
    }

    mutating func skip(_ count: Int) { offset += count }
}
