/// Appends JSON to bytes as it goes: no tree in between, no reflection.
///
/// ```swift
/// var writer = JSONWriter()
/// writer.object {
///     $0.field("id", post.id.hex)
///     $0.array("tags") { for tag in post.tags { $0.value(tag) } }
/// }
/// ```
package struct JSONWriter: ~Copyable {
    private var output: ByteBuffer
    private var needsComma = false

    package init(capacity: Int = 512) { output = ByteBuffer(capacity: capacity) }

    /// What has been written so far.
    package var bytes: [UInt8] { output.bytes }

    /// The bytes of one value.
    package static func bytes(_ value: some JSONWritable) -> [UInt8] {
        var writer = JSONWriter()
        value.write(to: &writer)
        return writer.bytes
    }

    // MARK: Containers

    package mutating func object(_ body: (inout JSONWriter) throws -> Void) rethrows {
        try container(Ascii.openBrace, Ascii.closeBrace, body)
    }

    package mutating func array(_ body: (inout JSONWriter) throws -> Void) rethrows {
        try container(Ascii.openBracket, Ascii.closeBracket, body)
    }

    /// A member that is an object.
    package mutating func object(_ name: StaticString, _ body: (inout JSONWriter) throws -> Void) rethrows {
        key(name)
        try object(body)
    }

    /// A member that is an array.
    package mutating func array(_ name: StaticString, _ body: (inout JSONWriter) throws -> Void) rethrows {
        key(name)
        try array(body)
    }

    private mutating func container(
        _ open: UInt8, _ close: UInt8, _ body: (inout JSONWriter) throws -> Void
    ) rethrows {
        separate()
        output.append(open)
        needsComma = false
        try body(&self)
        output.append(close)
        needsComma = true
    }

    // MARK: Members; their names are literals, which need no escaping

    package mutating func field(_ name: StaticString, _ value: String) {
        key(name)
        self.value(value)
    }

    /// An id whose characters are in words already: nothing in them needs escaping.
    package mutating func field(_ name: StaticString, words: (UInt64, UInt64, UInt64)) {
        key(name)
        separate()
        output.append(quotedWords: words)
    }

    package mutating func field(_ name: StaticString, _ value: Int) {
        key(name)
        self.value(Int64(value))
    }

    package mutating func field(_ name: StaticString, _ value: Int64) {
        key(name)
        self.value(value)
    }

    package mutating func field(_ name: StaticString, _ value: Bool) {
        key(name)
        self.value(value)
    }

    package mutating func field(_ name: StaticString, _ value: Double) {
        key(name)
        self.value(value)
    }

    /// Any value that can write itself; an absent one is written as null.
    package mutating func field(_ name: StaticString, _ value: some JSONWritable) {
        key(name)
        value.write(to: &self)
    }

    /// Nothing at all where the value is absent.
    package mutating func fieldIfPresent(_ name: StaticString, _ value: (some JSONWritable)?) {
        if let value { field(name, value) }
    }

    /// A member whose value is JSON text already.
    package mutating func rawField(_ name: StaticString, _ json: some Collection<UInt8>) {
        key(name)
        raw(json)
    }

    // MARK: Values

    package mutating func value(_ value: String) {
        separate()
        quote(value)
    }

    package mutating func value(_ value: Int) { self.value(Int64(value)) }

    package mutating func value(_ value: Int64) {
        separate()
        output.append(decimal: value)
    }

    package mutating func value(_ value: Bool) {
        separate()
        output.append(value ? "true" : "false")
    }

    /// JSON has no infinity and no NaN: they are written as null.
    package mutating func value(_ value: Double) {
        guard value.isFinite else { return null() }
        separate()
        output.append(value.description)
    }

    package mutating func value(_ value: some JSONWritable) { value.write(to: &self) }

    package mutating func null() {
        separate()
        output.append("null")
    }

    /// A value that is JSON text already, as from a cache.
    package mutating func raw(_ json: some Collection<UInt8>) {
        separate()
        output.append(json)
    }

    // MARK: Bytes

    private mutating func separate() {
        if needsComma { output.append(Ascii.comma) }
        needsComma = true
    }

    private mutating func key(_ name: StaticString) {
        separate()
        output.append(key: name)
        needsComma = false
    }

    /// A name that is no literal.
    mutating func key(escaping name: String) {
        separate()
        quote(name)
        output.append(Ascii.colon)
        needsComma = false
    }

    private mutating func quote(_ string: String) {
        guard !output.append(quoted: string) else { return }
        output.append(Ascii.quote)
        for byte in string.utf8 { escape(byte) }
        output.append(Ascii.quote)
    }

    private mutating func escape(_ byte: UInt8) {
        switch byte {
        case Ascii.quote, Ascii.backslash:
            output.append(Ascii.backslash)
            output.append(byte)
        case 0x0A: output.append("\\n")
        case 0x0D: output.append("\\r")
        case 0x09: output.append("\\t")
        case 0..<0x20:
            output.append("\\u00")
            for digit in [byte >> 4, byte & 15] { output.append(digit < 10 ? Ascii.zero + digit : 87 + digit) }
        default: output.append(byte)
        }
    }
}
