extension BSONDocument {
    /// Parses and checks a whole document.
    ///
    /// - Throws: `malformed` also for bytes left over at the end, `tooDeep`.
    package init(bytes: [UInt8]) throws(BSONError) {
        var offset = 0
        self = try Self.parse(bytes, at: &offset)
        guard offset == bytes.count else { throw .malformed("bytes after the document", offset: offset) }
    }

    package init(bytes: ArraySlice<UInt8>) throws(BSONError) {
        self = try unsafe bytes.span.withUnsafeBufferPointer { (buffer) throws(BSONError) in
            try unsafe Self.parse(buffer)
        }
    }

    /// Checks a whole document and keeps the fields of `names`, and those of the type `kept`.
    package init(
        bytes: [UInt8], keeping names: BSONFieldNames, and kept: BSONType? = nil
    ) throws(BSONError) {
        self = try unsafe bytes.span.withUnsafeBufferPointer { (buffer) throws(BSONError) -> BSONDocument in
            guard let base = buffer.baseAddress else { throw .malformed("no document", offset: 0) }
            var reader = unsafe BSONReader(base: base, from: 0, to: buffer.count)
            let document = try reader.document(keeping: names, and: kept)
            guard reader.offset == buffer.count else {
                throw .malformed("bytes after the document", offset: reader.offset)
            }
            return document
        }
    }

    /// Parses the document that starts at `offset` and moves `offset` behind it: for messages that hold several.
    package static func parse(_ bytes: [UInt8], at offset: inout Int) throws(BSONError) -> BSONDocument {
        guard offset >= 0, offset <= bytes.count else { throw .malformed("no document", offset: offset) }
        let start = offset
        let (document, end) = try unsafe bytes.span.withUnsafeBufferPointer {
            (buffer) throws(BSONError) -> (BSONDocument, Int) in
            guard let base = buffer.baseAddress else { throw .malformed("no document", offset: 0) }
            var reader = unsafe BSONReader(base: base, from: start, to: buffer.count)
            return (try reader.document(depth: 1), reader.offset)
        }
        offset = end
        return document
    }

    /// Parses a whole document in memory that somebody else owns, such as a column of SQLite or a `bson_t`.
    @unsafe package static func parse(_ bytes: UnsafeBufferPointer<UInt8>) throws(BSONError) -> BSONDocument {
        guard let base = bytes.baseAddress else { throw .malformed("no document", offset: 0) }
        var reader = unsafe BSONReader(base: base, from: 0, to: bytes.count)
        let document = try reader.document(depth: 1)
        guard reader.offset == bytes.count else {
            throw .malformed("bytes after the document", offset: reader.offset)
        }
        return document
    }

    package func encode() -> [UInt8] {
        var writer = BSONWriter(reserving: 64 + elements.count * 32)
        writer.append(self)
        return writer.bytes
    }
}
