/// Parses BSON out of memory that outlives the call, checking every length against the end before it reads.
///
/// The only place that reads through a pointer: bounds checks are explicit here, and a subscript per byte would double
/// the cost of a document.
@safe struct BSONReader {
    let base: UnsafePointer<UInt8>
    private let end: Int
    private(set) var offset: Int

    @unsafe init(base: UnsafePointer<UInt8>, from offset: Int, to end: Int) {
        unsafe self.base = base
        self.end = end
        self.offset = offset
    }

    mutating func document(depth: Int) throws(BSONError) -> BSONDocument {
        let start = offset
        let limit = try enter(depth: depth)
        var elements: [BSONDocument.Element] = []
        // Some 24 bytes a field are usual; a guess too low only costs a copy.
        elements.reserveCapacity(min((limit - start) / 24 + 1, 64))
        while let type = try nextType(limit) {
            let key = try cString(limit)
            elements.append((key: key, value: try value(type, limit, depth)))
        }
        return BSONDocument(elements: elements)
    }

    /// Like `document(depth:)`, but keeps only the fields of `names` and those of the type `kept`; the others are checked
    /// and cost no memory.
    mutating func document(keeping names: BSONFieldNames, and kept: BSONType?) throws(BSONError) -> BSONDocument {
        let limit = try enter(depth: 1)
        var elements: [BSONDocument.Element] = []
        while let type = try nextType(limit) {
            let start = offset
            try skipCString(limit)
            let name = unsafe UnsafeBufferPointer(start: base + start, count: offset - 1 - start)
            if unsafe type == kept || names.contains(name) {
                let key = try text(from: start, count: name.count)
                elements.append((key: key, value: try value(type, limit, 1)))
            } else {
                try checkText(from: start, count: name.count)
                try skip(type, limit, 1)
            }
        }
        return BSONDocument(elements: elements)
    }

    /// Checks a value as `value` does, and keeps nothing of it.
    mutating func skip(_ type: BSONType, _ limit: Int, _ depth: Int) throws(BSONError) {
        switch type {
        case .double, .date, .timestamp, .int64: _ = try word(limit)
        case .int32: _ = try int32(limit)
        case .string, .javascript, .symbol:
            let extent = try stringExtent(limit)
            try checkText(from: extent.start, count: extent.count)
        case .document, .array:
            try skipDocument(limit, depth + 1, namesCount: type == .document)
        default: _ = try value(type, limit, depth)
        }
    }

    private mutating func skipDocument(_ parent: Int, _ depth: Int, namesCount: Bool) throws(BSONError) {
        let limit = try enter(depth: depth)
        while let type = try nextType(limit) {
            let start = offset
            try skipCString(limit)
            if namesCount { try checkText(from: start, count: offset - 1 - start) }
            try skip(type, limit, depth)
        }
        guard offset < parent else { throw .malformed("inner document passes its parent", offset: offset) }
    }

    private mutating func array(depth: Int) throws(BSONError) -> [BSONValue] {
        let limit = try enter(depth: depth)
        var values: [BSONValue] = []
        while let type = try nextType(limit) {
            try skipCString(limit)
            values.append(try value(type, limit, depth))
        }
        return values
    }

    /// Reads a document's length and returns where it ends.
    mutating func enter(depth: Int) throws(BSONError) -> Int {
        guard depth <= BSONDocument.maximumDepth else { throw .tooDeep }
        let start = offset
        let length = Int(try int32(end))
        guard length >= 5, length <= end - start else { throw .malformed("document length \(length)", offset: start) }
        return start + length
    }

    /// The next element's type, or nil at the document's end, which is then consumed.
    mutating func nextType(_ limit: Int) throws(BSONError) -> BSONType? {
        guard offset < limit else { throw .malformed("document without end", offset: offset) }
        let byte = unsafe base[offset]
        offset += 1
        if byte == 0 {
            guard offset == limit else { throw .malformed("document ends before its length", offset: offset) }
            return nil
        }
        guard let type = BSONType(rawValue: byte) else { throw .malformed("type \(byte)", offset: offset - 1) }
        return type
    }

    mutating func value(_ type: BSONType, _ limit: Int, _ depth: Int) throws(BSONError) -> BSONValue {
        switch type {
        case .double: return .double(Double(bitPattern: try word(limit)))
        case .string: return .string(try string(limit))
        case .document: return .document(try nested(limit, depth))
        case .array: return .array(try nestedArray(limit, depth))
        case .binary: return .binary(try binary(limit))
        case .undefined: return .undefined
        case .objectID: return .objectID(try objectID(limit))
        case .bool: return .bool(try bool(limit))
        case .date: return .date(Int64(bitPattern: try word(limit)))
        case .null: return .null
        case .regex: return .regex(pattern: try cString(limit), options: try cString(limit))
        case .dbPointer: return .dbPointer(namespace: try string(limit), id: try objectID(limit))
        case .javascript: return .javascript(try string(limit))
        case .symbol: return .symbol(try string(limit))
        case .javascriptWithScope: return try codeWithScope(limit, depth)
        case .int32: return .int32(try int32(limit))
        case .timestamp:
            let value = try word(limit)
            return .timestamp(
                BSONTimestamp(seconds: UInt32(value >> 32), increment: UInt32(truncatingIfNeeded: value)))
        case .int64: return .int64(Int64(bitPattern: try word(limit)))
        case .decimal128:
            let low = try word(limit)
            return .decimal128(BSONDecimal128(high: try word(limit), low: low))
        case .minKey: return .minKey
        case .maxKey: return .maxKey
        }
    }

    mutating func nested(_ limit: Int, _ depth: Int) throws(BSONError) -> BSONDocument {
        let document = try document(depth: depth + 1)
        guard offset < limit else { throw .malformed("inner document passes its parent", offset: offset) }
        return document
    }

    private mutating func nestedArray(_ limit: Int, _ depth: Int) throws(BSONError) -> [BSONValue] {
        let values = try array(depth: depth + 1)
        guard offset < limit else { throw .malformed("inner array passes its parent", offset: offset) }
        return values
    }

    private mutating func codeWithScope(_ limit: Int, _ depth: Int) throws(BSONError) -> BSONValue {
        let start = offset
        let length = Int(try int32(limit))
        let code = try string(limit)
        let scope = try nested(limit, depth)
        guard offset == start + length else { throw .malformed("length of code with scope", offset: start) }
        return .javascriptWithScope(code: code, scope: scope)
    }

    private mutating func binary(_ limit: Int) throws(BSONError) -> BSONBinary {
        let length = Int(try int32(limit))
        guard length >= 0, length < limit - offset else { throw .malformed("binary length", offset: offset) }
        let subtype = unsafe base[offset]
        let start = offset + 1
        offset = start + length
        let bytes = unsafe [UInt8](UnsafeBufferPointer(start: base + start, count: length))
        if subtype == 2 {
            let inner = bytes.prefix(4).reversed().reduce(0) { $0 << 8 | Int($1) }
            guard length >= 4, inner == length - 4 else { throw .malformed("old binary length", offset: start) }
        }
        return BSONBinary(subtype: subtype, bytes: bytes)
    }

    mutating func bool(_ limit: Int) throws(BSONError) -> Bool {
        guard offset < limit else { throw .malformed("no value", offset: offset) }
        let byte = unsafe base[offset]
        guard byte <= 1 else { throw .malformed("bool \(byte)", offset: offset) }
        offset += 1
        return byte == 1
    }

    mutating func objectID(_ limit: Int) throws(BSONError) -> ObjectID {
        guard limit - offset > 12 else { throw .malformed("no value", offset: offset) }
        let raw = unsafe UnsafeRawPointer(base + offset)
        offset += 12
        return unsafe ObjectID(
            high: UInt64(bigEndian: raw.loadUnaligned(as: UInt64.self)),
            low: UInt32(bigEndian: raw.loadUnaligned(fromByteOffset: 8, as: UInt32.self)))
    }

    mutating func int32(_ limit: Int) throws(BSONError) -> Int32 {
        guard limit - offset >= 4 else { throw .malformed("no value", offset: offset) }
        let value = unsafe UnsafeRawPointer(base + offset).loadUnaligned(as: Int32.self)
        offset += 4
        return Int32(littleEndian: value)
    }

    mutating func word(_ limit: Int) throws(BSONError) -> UInt64 {
        guard limit - offset >= 8 else { throw .malformed("no value", offset: offset) }
        let value = unsafe UnsafeRawPointer(base + offset).loadUnaligned(as: UInt64.self)
        offset += 8
        return UInt64(littleEndian: value)
    }

    mutating func string(_ limit: Int) throws(BSONError) -> String {
        let extent = try stringExtent(limit)
        return try text(from: extent.start, count: extent.count)
    }

    /// Where the text of a string lies; `offset` moves behind it.
    mutating func stringExtent(_ limit: Int) throws(BSONError) -> (start: Int, count: Int) {
        let length = Int(try int32(limit))
        guard length >= 1, length <= limit - offset else { throw .malformed("string length", offset: offset) }
        let start = offset
        offset += length
        guard unsafe base[offset - 1] == 0 else { throw .malformed("string without end", offset: start) }
        return (start, length - 1)
    }

    private mutating func cString(_ limit: Int) throws(BSONError) -> String {
        let start = offset
        try skipCString(limit)
        return try text(from: start, count: offset - 1 - start)
    }

    mutating func skipCString(_ limit: Int) throws(BSONError) {
        while offset < limit {
            offset += 1
            if unsafe base[offset - 1] == 0 { return }
        }
        throw .malformed("key without end", offset: offset)
    }

    private func text(from start: Int, count: Int) throws(BSONError) -> String {
        let bytes = unsafe UnsafeBufferPointer(start: base + start, count: count).span
        if isASCII(from: start, count: count) {
            return unsafe String(copying: UTF8Span(unchecked: bytes, isKnownASCII: true))
        }
        do {
            return String(copying: try UTF8Span(validating: bytes))
        } catch {
            throw .malformed("text is not UTF-8", offset: start)
        }
    }

    private func checkText(from start: Int, count: Int) throws(BSONError) {
        if !isASCII(from: start, count: count) { _ = try text(from: start, count: count) }
    }

    /// Eight bytes at a time: most text is ASCII.
    private func isASCII(from start: Int, count: Int) -> Bool {
        let raw = unsafe UnsafeRawPointer(base + start)
        var offset = 0
        var seen: UInt64 = 0
        while count - offset >= 8 {
            seen |= unsafe raw.loadUnaligned(fromByteOffset: offset, as: UInt64.self)
            offset += 8
        }
        while offset < count {
            seen |= UInt64(unsafe base[start + offset])
            offset += 1
        }
        return seen & 0x8080_8080_8080_8080 == 0
    }
}
