import BSON

/// OP_MSG: one command document, any number of document sequences, an optional checksum.
enum OpMsg {
    private static let checksumPresent: UInt32 = 1
    private static let moreToCome: UInt32 = 2
    private static let exhaustAllowed: UInt32 = 1 << 16
    /// Bits that a receiver must understand.
    private static let required: UInt32 = 0xFFFF

    static func parse(_ message: UnsafeRawBufferPointer, _ header: MessageHeader) throws(WireError) -> WireRequest {
        var reader = WireReader(message, from: MessageHeader.length, to: message.count)
        let flags = UInt32(bitPattern: try reader.int32())
        guard flags & required & ~(checksumPresent | moreToCome) == 0 else { throw .malformed("unknown flag bits") }
        if flags & checksumPresent != 0 {
            guard message.count >= MessageHeader.length + 8 else { throw .malformed("no room for a checksum") }
            let covered = UnsafeRawBufferPointer(rebasing: message[..<(message.count - 4)])
            let stated = UInt32(
                littleEndian: message.loadUnaligned(fromByteOffset: message.count - 4, as: UInt32.self))
            guard CRC32C.checksum(covered) == stated else { throw .badChecksum }
            reader = WireReader(message, from: reader.offset, to: message.count - 4)
        }
        var body: BSONDocument?
        var sequences: [(name: String, documents: [[UInt8]])] = []
        while !reader.isAtEnd {
            switch try reader.byte() {
            case 0:
                guard body == nil else { throw .malformed("two command documents") }
                body = try reader.document()
            case 1:
                let sequence = try self.sequence(&reader)
                guard !sequences.contains(where: { $0.name == sequence.name }) else {
                    throw .malformed("sequence \(sequence.name) twice")
                }
                sequences.append(sequence)
            case let kind: throw .malformed("section of kind \(kind)")
            }
        }
        guard let body else { throw .malformed("no command document") }
        return WireRequest(
            form: .message, requestID: header.requestID, body: body, sequences: sequences,
            wantsNoReply: flags & moreToCome != 0)
    }

    private static func sequence(
        _ reader: inout WireReader
    ) throws(WireError) -> (name: String, documents: [[UInt8]]) {
        var probe = reader
        let length = Int(try probe.int32())
        var section = try reader.limited(to: length)
        reader.skip(length)
        _ = try section.int32()
        let name = try section.cString()
        var documents: [[UInt8]] = []
        while !section.isAtEnd { documents.append([UInt8](try section.documentExtent())) }
        return (name, documents)
    }

    static func encode(_ document: [UInt8], id: Int32, responseTo: Int32) -> [UInt8] {
        var message: [UInt8] = []
        message.reserveCapacity(MessageHeader.length + 5 + document.count)
        for word in [Int32(MessageHeader.length + 5 + document.count), id, responseTo, 2013, 0] {
            withUnsafeBytes(of: word.littleEndian) { message.append(contentsOf: $0) }
        }
        message.append(0)
        message.append(contentsOf: document)
        return message
    }
}
