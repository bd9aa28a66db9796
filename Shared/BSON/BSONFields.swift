/// The fields of a document in memory that somebody else owns, one after the other, without a tree of them.
///
/// Good for as long as that memory is: within the closure that hands it over. Every length is checked before it is read.
///
/// ```swift
/// while try fields.next() {
///     if fields.isNamed("seq") { seq = try fields.int64() }
/// }
/// ```
@safe package struct BSONFields {
    private var reader: BSONReader
    private let limit: Int
    private let depth: Int
    /// Of the field at hand; nil before the first.
    private var current: BSONType?
    private var name = (start: 0, count: 0)
    private var isRead = true

    @unsafe package init(_ bytes: UnsafeBufferPointer<UInt8>) throws(BSONError) {
        guard let base = bytes.baseAddress else { throw .malformed("no document", offset: 0) }
        try self.init(unsafe BSONReader(base: base, from: 0, to: bytes.count), depth: 1)
    }

    private init(_ reader: BSONReader, depth: Int) throws(BSONError) {
        self.reader = reader
        self.depth = depth
        limit = try self.reader.enter(depth: depth)
    }

    /// Goes on to the next field, past a value that nobody read; false at the document's end.
    package mutating func next() throws(BSONError) -> Bool {
        if !isRead, let current { try reader.skip(current, limit, depth) }
        guard let type = try reader.nextType(limit) else {
            isRead = true
            return false
        }
        let start = reader.offset
        try reader.skipCString(limit)
        (current, name, isRead) = (type, (start, reader.offset - 1 - start), false)
        return true
    }

    package func isNamed(_ other: StaticString) -> Bool {
        guard name.count == other.utf8CodeUnitCount else { return false }
        let (mine, theirs) = unsafe (reader.base + name.start, other.utf8Start)
        for index in 0..<name.count where unsafe mine[index] != theirs[index] { return false }
        return true
    }

    /// The name of the field at hand.
    package var key: String {
        unsafe String(decoding: UnsafeBufferPointer(start: reader.base + name.start, count: name.count), as: UTF8.self)
    }

    package var isNull: Bool { current == .null }

    // MARK: The value at hand, read once

    /// A whole number of either width.
    package mutating func int64() throws(BSONError) -> Int64 {
        if current == .int32 {
            isRead = true
            return Int64(try reader.int32(limit))
        }
        try take(.int64, "long")
        return Int64(bitPattern: try reader.word(limit))
    }

    package mutating func int() throws(BSONError) -> Int { Int(try int64()) }

    package mutating func bool() throws(BSONError) -> Bool {
        try take(.bool, "bool")
        return try reader.bool(limit)
    }

    package mutating func string() throws(BSONError) -> String {
        try take(.string, "string")
        return try reader.string(limit)
    }

    package mutating func objectID() throws(BSONError) -> ObjectID {
        try take(.objectID, "objectId")
        return try reader.objectID(limit)
    }

    /// Milliseconds since 1970.
    package mutating func date() throws(BSONError) -> Int64 {
        try take(.date, "date")
        return Int64(bitPattern: try reader.word(limit))
    }

    package mutating func double() throws(BSONError) -> Double {
        try take(.double, "double")
        return Double(bitPattern: try reader.word(limit))
    }

    /// A value of any type, as a tree.
    package mutating func value() throws(BSONError) -> BSONValue {
        guard let current, !isRead else { throw .malformed("no field at hand", offset: reader.offset) }
        isRead = true
        return try reader.value(current, limit, depth)
    }

    /// The fields of the document, or the members of the array, at hand.
    package mutating func inside() throws(BSONError) -> BSONFields {
        guard current == .document || current == .array, !isRead else { throw wrongType("object") }
        // Skipped by `next` here, and read there.
        let inner = try BSONFields(reader, depth: depth + 1)
        guard inner.limit <= limit else { throw .malformed("inner document passes its parent", offset: reader.offset) }
        return inner
    }

    private mutating func take(_ type: BSONType, _ expected: String) throws(BSONError) {
        guard current == type, !isRead else { throw wrongType(expected) }
        isRead = true
    }

    /// All fields from here on.
    fileprivate mutating func rest() throws(BSONError) -> [BSONDocument.Element] {
        var elements: [BSONDocument.Element] = []
        while try next() {
            let key = self.key
            elements.append((key: key, value: try value()))
        }
        return elements
    }

    private func wrongType(_ expected: String) -> BSONError {
        .wrongType(key, expected: expected, found: current ?? .null)
    }
}

extension BSONDocument {
    /// The document as a tree after all.
    package init(reading fields: inout BSONFields) throws(BSONError) { self.init(elements: try fields.rest()) }

    /// The other way round, for the few documents that are a tree where most are not.
    package func withFields<Result>(
        _ body: (inout BSONFields) throws(BSONError) -> Result
    ) throws(BSONError) -> Result {
        let bytes = encode()
        return try unsafe bytes.span.withUnsafeBufferPointer { (buffer) throws(BSONError) -> Result in
            var fields = try unsafe BSONFields(buffer)
            return try body(&fields)
        }
    }
}
