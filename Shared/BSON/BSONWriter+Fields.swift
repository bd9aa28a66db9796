// Fields whose names are known when the code is compiled: no tree of values, and no search for a NUL in the name.
extension BSONWriter {
    package mutating func field(_ name: StaticString, _ value: Int64) {
        append(.int64, name, UInt64(bitPattern: value))
    }

    package mutating func field(_ name: StaticString, int32 value: Int32) {
        header(.int32, name)
        appendInt32(value)
    }

    package mutating func field(_ name: StaticString, double value: Double) {
        append(.double, name, value.bitPattern)
    }

    package mutating func field(_ name: StaticString, _ value: Bool) {
        header(.bool, name)
        bytes.append(value ? 1 : 0)
    }

    package mutating func field(_ name: StaticString, _ value: String) {
        header(.string, name)
        appendString(value)
    }

    /// Text that is UTF-8 already.
    package mutating func field(_ name: StaticString, utf8 value: [UInt8]) {
        header(.string, name)
        appendInt32(Int32(truncatingIfNeeded: value.count + 1))
        bytes.append(contentsOf: value)
        bytes.append(0)
    }

    package mutating func field(_ name: StaticString, _ value: ObjectID) {
        header(.objectID, name)
        value.append(to: &bytes)
    }

    /// Milliseconds since 1970.
    package mutating func field(_ name: StaticString, date value: Int64) {
        append(.date, name, UInt64(bitPattern: value))
    }

    package mutating func field(_ name: StaticString, _ value: BSONValue) {
        header(value.type, name)
        appendPayload(value)
    }

    /// A document inside.
    package mutating func document(_ name: StaticString, _ body: (inout BSONWriter) -> Void) {
        header(.document, name)
        document(body)
    }

    /// An array whose members `body` adds by `element`, with their places.
    package mutating func array(_ name: StaticString, _ body: (inout BSONWriter) -> Void) {
        header(.array, name)
        document(body)
    }

    /// A whole document, or the member of an array that was begun by `element`.
    package mutating func document(_ body: (inout BSONWriter) -> Void) {
        let start = beginDocument()
        body(&self)
        endDocument(start)
    }

    /// A member of an array that is a document.
    package mutating func element(_ index: Int, _ body: (inout BSONWriter) -> Void) {
        bytes.append(BSONType.document.rawValue)
        appendIndex(index)
        document(body)
    }

    package mutating func element(_ index: Int, _ value: ObjectID) {
        bytes.append(BSONType.objectID.rawValue)
        appendIndex(index)
        value.append(to: &bytes)
    }

    /// A field of eight bytes, put together first: each growth of an array costs several times what it adds here.
    private mutating func append(_ type: BSONType, _ name: StaticString, _ value: UInt64) {
        let count = name.utf8CodeUnitCount + 10
        guard count <= 40 else {
            header(type, name)
            return appendInt64(Int64(bitPattern: value))
        }
        var field: (UInt64, UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0, 0)
        unsafe withUnsafeMutableBytes(of: &field) { field in
            unsafe field[0] = type.rawValue
            unsafe UnsafeMutableRawBufferPointer(rebasing: field[1...]).copyMemory(
                from: UnsafeRawBufferPointer(start: name.utf8Start, count: count - 9))
            unsafe field.storeBytes(of: value.littleEndian, toByteOffset: count - 8, as: UInt64.self)
            unsafe bytes.append(contentsOf: UnsafeRawBufferPointer(rebasing: field[..<count]))
        }
    }

    @inline(__always) private mutating func header(_ type: BSONType, _ name: StaticString) {
        bytes.append(type.rawValue)
        // The NUL that ends a literal also ends the name.
        unsafe bytes.append(
            contentsOf: UnsafeBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount + 1))
    }
}
