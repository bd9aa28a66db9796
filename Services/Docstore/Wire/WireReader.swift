import BSON

/// Why a message is refused; the connection closes.
enum WireError: Error, Equatable {
    case malformed(String)
    case unsupportedOpcode(Int32)
    case badChecksum
}

struct WireReader {
    private var rest: UnsafeRawBufferPointer.SubSequence

    init(_ bytes: UnsafeRawBufferPointer) { rest = bytes[...] }

    var isAtEnd: Bool { rest.isEmpty }
    var count: Int { rest.count }

    mutating func take(_ count: Int) throws(WireError) -> UnsafeRawBufferPointer {
        guard count >= 0, count <= rest.count else { throw .malformed("ends early") }
        defer { rest = rest.dropFirst(count) }
        return UnsafeRawBufferPointer(rebasing: rest.prefix(count))
    }

    mutating func byte() throws(WireError) -> UInt8 { try take(1)[0] }
    mutating func int32() throws(WireError) -> Int32 { Int32(littleEndian: try take(4).loadUnaligned(as: Int32.self)) }

    mutating func cString() throws(WireError) -> String {
        guard let end = rest.firstIndex(of: 0) else { throw .malformed("ends early") }
        return String(decoding: try take(end + 1 - rest.startIndex).dropLast(), as: UTF8.self)
    }

    /// What begins here with its own length: a document, or a section of a message.
    mutating func extent() throws(WireError) -> UnsafeRawBufferPointer {
        var ahead = self
        let length = Int(try ahead.int32())
        guard length >= 5 else { throw .malformed("length \(length)") }
        return try take(length)
    }

    mutating func document() throws(WireError) -> BSONDocument {
        let extent = try extent()
        do { return try BSONDocument.parse(extent.bindMemory(to: UInt8.self)) } catch { throw .malformed("\(error)") }
    }
}
