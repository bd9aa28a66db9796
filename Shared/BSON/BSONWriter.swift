/// Appends BSON to a byte array, without an intermediate tree where the caller streams fields itself.
///
/// ```swift
/// var writer = BSONWriter()
/// let start = writer.beginDocument()
/// writer.append("n", .int32(1))
/// writer.append("value", rawDocument: stored)
/// writer.endDocument(start)
/// ```
package struct BSONWriter: Sendable {
    package internal(set) var bytes: [UInt8]

    package init(reserving capacity: Int = 256) {
        bytes = []
        bytes.reserveCapacity(capacity)
    }

    /// Continues after `bytes`, for instance behind a message header.
    package init(continuing bytes: consuming [UInt8]) { self.bytes = bytes }

    // MARK: Documents

    /// - Returns: what `endDocument` wants back.
    package mutating func beginDocument() -> Int {
        let start = bytes.count
        appendInt32(0)
        return start
    }

    package mutating func endDocument(_ start: Int) {
        bytes.append(0)
        setInt32(Int32(truncatingIfNeeded: bytes.count - start), at: start)
    }

    package mutating func beginDocument(_ key: String) -> Int {
        header(.document, key)
        return beginDocument()
    }

    package mutating func beginArray(_ key: String) -> Int {
        header(.array, key)
        return beginDocument()
    }

    package mutating func append(_ document: BSONDocument) {
        let start = beginDocument()
        for element in document.elements { append(element.key, element.value) }
        endDocument(start)
    }

    /// A whole document that is BSON already, as stored.
    package mutating func append(rawDocument: [UInt8]) { bytes.append(contentsOf: rawDocument) }

    package mutating func append(rawDocument: ArraySlice<UInt8>) { bytes.append(contentsOf: rawDocument) }

    /// The fields of a whole document, into the one at hand.
    package mutating func append(fieldsOf rawDocument: [UInt8]) {
        if rawDocument.count > 5 { bytes.append(contentsOf: rawDocument[4..<rawDocument.count - 1]) }
    }

    package mutating func append(_ key: String, rawDocument: [UInt8]) {
        header(.document, key)
        bytes.append(contentsOf: rawDocument)
    }

    /// The element of an array at `index`.
    package mutating func append(index: Int, rawDocument: [UInt8]) {
        bytes.append(BSONType.document.rawValue)
        appendIndex(index)
        bytes.append(contentsOf: rawDocument)
    }

    // MARK: Elements

    package mutating func append(_ key: String, _ value: BSONValue) {
        header(value.type, key)
        appendPayload(value)
    }

    package mutating func append(index: Int, _ value: BSONValue) {
        bytes.append(value.type.rawValue)
        appendIndex(index)
        appendPayload(value)
    }

    mutating func appendPayload(_ value: BSONValue) {
        switch value {
        case .double(let value): appendInt64(Int64(bitPattern: value.bitPattern))
        case .string(let value), .javascript(let value), .symbol(let value): appendString(value)
        case .document(let value): append(value)
        case .array(let values): appendArray(values)
        case .binary(let value):
            appendInt32(Int32(truncatingIfNeeded: value.bytes.count))
            bytes.append(value.subtype)
            bytes.append(contentsOf: value.bytes)
        case .objectID(let value): value.append(to: &bytes)
        case .bool(let value): bytes.append(value ? 1 : 0)
        case .date(let value), .int64(let value): appendInt64(value)
        case .int32(let value): appendInt32(value)
        case .undefined, .null, .minKey, .maxKey: break
        default: appendRarePayload(value)
        }
    }

    private mutating func appendRarePayload(_ value: BSONValue) {
        switch value {
        case .regex(let pattern, let options):
            appendCString(pattern)
            appendCString(options)
        case .dbPointer(let namespace, let id):
            appendString(namespace)
            id.append(to: &bytes)
        case .javascriptWithScope(let code, let scope):
            let start = bytes.count
            appendInt32(0)
            appendString(code)
            append(scope)
            setInt32(Int32(truncatingIfNeeded: bytes.count - start), at: start)
        case .timestamp(let value):
            appendInt32(Int32(bitPattern: value.increment))
            appendInt32(Int32(bitPattern: value.seconds))
        case .decimal128(let value):
            appendInt64(Int64(bitPattern: value.low))
            appendInt64(Int64(bitPattern: value.high))
        default: break
        }
    }

    private mutating func appendArray(_ values: [BSONValue]) {
        let start = beginDocument()
        for (index, value) in values.enumerated() { append(index: index, value) }
        endDocument(start)
    }

    // MARK: Pieces

    private mutating func header(_ type: BSONType, _ key: String) {
        bytes.append(type.rawValue)
        appendCString(key)
    }

    /// A NUL inside would end the key early and turn the rest into other fields; it becomes U+FFFD.
    private mutating func appendCString(_ text: String) {
        let start = bytes.count
        bytes.append(contentsOf: text.utf8)
        if bytes[start...].contains(0) {
            bytes.removeSubrange(start...)
            for byte in text.utf8 {
                if byte == 0 { bytes.append(contentsOf: [0xEF, 0xBF, 0xBD]) } else { bytes.append(byte) }
            }
        }
        bytes.append(0)
    }

    mutating func appendIndex(_ index: Int) {
        if index < 10 {
            bytes.append(48 + UInt8(index))
        } else {
            var scale = 10
            while index / scale >= 10 { scale *= 10 }
            while scale > 0 {
                bytes.append(48 + UInt8(index / scale % 10))
                scale /= 10
            }
        }
        bytes.append(0)
    }

    mutating func appendString(_ text: String) {
        appendInt32(Int32(truncatingIfNeeded: text.utf8.count + 1))
        bytes.append(contentsOf: text.utf8)
        bytes.append(0)
    }

    mutating func appendInt32(_ value: Int32) {
        unsafe withUnsafeBytes(of: value.littleEndian) { unsafe bytes.append(contentsOf: $0) }
    }

    mutating func appendInt64(_ value: Int64) {
        unsafe withUnsafeBytes(of: value.littleEndian) { unsafe bytes.append(contentsOf: $0) }
    }

    private mutating func setInt32(_ value: Int32, at offset: Int) {
        for index in 0..<4 { bytes[offset + index] = UInt8(truncatingIfNeeded: value >> Int32(8 * index)) }
    }
}
