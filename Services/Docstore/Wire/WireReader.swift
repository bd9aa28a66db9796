import BSON

/// Why a message is refused; the connection closes.
enum WireError: Error, Equatable {
    case malformed(String)
    case tooLarge(Int)
    case unsupportedOpcode(Int32)
    case badChecksum
}

/// Reads little-endian fields of a message, never past its end.
struct WireReader {
    private let bytes: UnsafeRawBufferPointer
    private(set) var offset: Int
    private let end: Int

    init(_ bytes: UnsafeRawBufferPointer, from offset: Int = 0, to end: Int? = nil) {
        self.bytes = bytes
        self.offset = offset
        self.end = end ?? bytes.count
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

    /// What begins here with its own length: a document, or a section of a message.
    mutating func extent(atLeast minimum: Int) throws(WireError) -> UnsafeRawBufferPointer {
        let start = offset
        let length = Int(try int32())
        guard length >= minimum, length <= end - start else { throw .malformed("length \(length)") }
        offset = start + length
        return UnsafeRawBufferPointer(rebasing: bytes[start..<offset])
    }

    mutating func document() throws(WireError) -> BSONDocument {
        let extent = try extent(atLeast: 5)
        do {
            return try BSONDocument.parse(extent.bindMemory(to: UInt8.self))
        } catch {
            throw .malformed("\(error)")
        }
    }
}
