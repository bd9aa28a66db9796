/// Reads JSON as RFC 8259 has it, and nothing more: no comments, no trailing commas, no duplicate keys, no lone
/// surrogates, no invalid UTF-8, and at most 64 levels.
package struct JSONParser {
    package static let maximumDepth = 64

    private let bytes: [UInt8]
    private var index = 0
    private var depth = 0

    package static func parse(_ bytes: [UInt8]) throws(JSONError) -> JSONValue {
        var parser = JSONParser(bytes: bytes)
        let value = try parser.document()
        return value
    }

    package static func parse(_ text: String) throws(JSONError) -> JSONValue { try parse(Array(text.utf8)) }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    private mutating func document() throws(JSONError) -> JSONValue {
        skipSpace()
        let value = try self.value()
        skipSpace()
        guard index == bytes.count else { throw JSONError(.trailingCharacters, at: index) }
        return value
    }

    private mutating func value() throws(JSONError) -> JSONValue {
        guard index < bytes.count else { throw JSONError(.unexpectedEnd, at: index) }
        switch bytes[index] {
        case Ascii.openBrace: return try nested { parser throws(JSONError) in try parser.object() }
        case Ascii.openBracket: return try nested { parser throws(JSONError) in try parser.array() }
        case Ascii.quote: return .string(try string())
        case Ascii.minus, Ascii.zero...Ascii.nine: return try number()
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        default: throw JSONError(.unexpectedCharacter, at: index)
        }
    }

    private mutating func nested(
        _ body: (inout JSONParser) throws(JSONError) -> JSONValue
    ) throws(JSONError) -> JSONValue {
        depth += 1
        guard depth <= Self.maximumDepth else { throw JSONError(.tooDeep, at: index) }
        defer { depth -= 1 }
        return try body(&self)
    }

    private mutating func object() throws(JSONError) -> JSONValue {
        index += 1
        var members: [JSONObject.Member] = []
        var keys = KeySet()
        skipSpace()
        if take(Ascii.closeBrace) { return .object(JSONObject(members: members)) }
        repeat {
            skipSpace()
            let start = index
            guard index < bytes.count else { throw JSONError(.unexpectedEnd, at: index) }
            guard bytes[index] == Ascii.quote else { throw JSONError(.unexpectedCharacter, at: index) }
            let key = try string()
            guard keys.insert(key, among: members) else { throw JSONError(.duplicateKey, at: start) }
            skipSpace()
            try expect(Ascii.colon)
            skipSpace()
            members.append(JSONObject.Member(key: key, value: try value()))
            skipSpace()
        } while take(Ascii.comma)
        try expect(Ascii.closeBrace)
        return .object(JSONObject(members: members))
    }

    private mutating func array() throws(JSONError) -> JSONValue {
        index += 1
        var elements: [JSONValue] = []
        skipSpace()
        if take(Ascii.closeBracket) { return .array(elements) }
        repeat {
            skipSpace()
            elements.append(try value())
            skipSpace()
        } while take(Ascii.comma)
        try expect(Ascii.closeBracket)
        return .array(elements)
    }

    private mutating func word(_ word: StaticString, _ value: JSONValue) throws(JSONError) -> JSONValue {
        for byte in word.description.utf8 { try expect(byte) }
        return value
    }

    // MARK: Numbers

    private mutating func number() throws(JSONError) -> JSONValue {
        let start = index
        let isNegative = take(Ascii.minus)
        var magnitude: UInt64 = 0
        var overflow = false
        let digits = try digits { digit in
            let (product, overflown) = magnitude.multipliedReportingOverflow(by: 10)
            let (sum, carried) = product.addingReportingOverflow(UInt64(digit))
            magnitude = sum
            overflow = overflow || overflown || carried
        }
        let leadingZero = digits > 1 && bytes[index - digits] == Ascii.zero
        guard !leadingZero else { throw JSONError(.invalidNumber, at: start) }
        var isWhole = true
        if take(Ascii.point) {
            isWhole = false
            _ = try self.digits { _ in }
        }
        if index < bytes.count, bytes[index] | 0x20 == UInt8(ascii: "e") {
            isWhole = false
            index += 1
            if !take(UInt8(ascii: "+")) { _ = take(Ascii.minus) }
            _ = try self.digits { _ in }
        }
        if isWhole, !overflow, let exact = Self.signed(magnitude, isNegative) { return .int(exact) }
        let text = String(decoding: bytes[start..<index], as: UTF8.self)
        guard let double = Double(text), double.isFinite else { throw JSONError(.invalidNumber, at: start) }
        return .double(double)
    }

    private static func signed(_ magnitude: UInt64, _ isNegative: Bool) -> Int64? {
        guard isNegative else { return Int64(exactly: magnitude) }
        return magnitude == 1 << 63 ? Int64.min : Int64(exactly: magnitude).map { -$0 }
    }

    /// Reads at least one digit and returns how many there were.
    private mutating func digits(_ each: (UInt8) -> Void) throws(JSONError) -> Int {
        let start = index
        while index < bytes.count, bytes[index] &- Ascii.zero <= 9 {
            each(bytes[index] &- Ascii.zero)
            index += 1
        }
        guard index > start else { throw JSONError(.invalidNumber, at: index) }
        return index - start
    }

    // MARK: Strings

    private mutating func string() throws(JSONError) -> String {
        index += 1
        let start = index
        while index < bytes.count {
            let byte = bytes[index]
            if byte == Ascii.quote {
                let content = bytes[start..<index]
                index += 1
                guard let string = String(validating: content, as: UTF8.self) else {
                    throw JSONError(.invalidUTF8, at: start)
                }
                return string
            }
            if byte == Ascii.backslash { return try escapedString(from: start) }
            if byte < 0x20 { throw JSONError(.invalidString, at: index) }
            index += 1
        }
        throw JSONError(.unexpectedEnd, at: index)
    }

    /// The rest of a string in which an escape was met at `index`.
    private mutating func escapedString(from start: Int) throws(JSONError) -> String {
        var content = Array(bytes[start..<index])
        while index < bytes.count {
            let byte = bytes[index]
            index += 1
            switch byte {
            case Ascii.quote:
                guard let string = String(validating: content, as: UTF8.self) else {
                    throw JSONError(.invalidUTF8, at: start)
                }
                return string
            case Ascii.backslash: try escape(into: &content)
            case 0..<0x20: throw JSONError(.invalidString, at: index - 1)
            default: content.append(byte)
            }
        }
        throw JSONError(.unexpectedEnd, at: index)
    }

    private mutating func escape(into content: inout [UInt8]) throws(JSONError) {
        guard index < bytes.count else { throw JSONError(.unexpectedEnd, at: index) }
        let byte = bytes[index]
        index += 1
        switch byte {
        case Ascii.quote, Ascii.backslash, UInt8(ascii: "/"): content.append(byte)
        case UInt8(ascii: "b"): content.append(0x08)
        case UInt8(ascii: "f"): content.append(0x0C)
        case UInt8(ascii: "n"): content.append(0x0A)
        case UInt8(ascii: "r"): content.append(0x0D)
        case UInt8(ascii: "t"): content.append(0x09)
        case UInt8(ascii: "u"): content.append(contentsOf: Array(String(Character(try escapedScalar())).utf8))
        default: throw JSONError(.invalidString, at: index - 1)
        }
    }

    /// The scalar after `\u`, joined with the low surrogate that must follow a high one.
    private mutating func escapedScalar() throws(JSONError) -> Unicode.Scalar {
        let start = index
        let first = try hexadecimal()
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard first < 0xDC00, take(Ascii.backslash), take(UInt8(ascii: "u")) else {
            throw JSONError(.invalidString, at: start)
        }
        let second = try hexadecimal()
        guard (0xDC00...0xDFFF).contains(second),
            let scalar = Unicode.Scalar(0x10000 + (UInt32(first - 0xD800) << 10) + UInt32(second - 0xDC00))
        else { throw JSONError(.invalidString, at: start) }
        return scalar
    }

    private mutating func hexadecimal() throws(JSONError) -> UInt16 {
        guard index + 4 <= bytes.count else { throw JSONError(.unexpectedEnd, at: bytes.count) }
        var value: UInt16 = 0
        for _ in 0..<4 {
            guard let digit = Ascii.hexDigit(bytes[index]) else { throw JSONError(.invalidString, at: index) }
            value = value << 4 | UInt16(digit)
            index += 1
        }
        return value
    }

    // MARK: Characters

    private mutating func skipSpace() {
        while index < bytes.count {
            switch bytes[index] {
            case 0x20, 0x0A, 0x0D, 0x09: index += 1
            default: return
            }
        }
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard index < bytes.count, bytes[index] == byte else { return false }
        index += 1
        return true
    }

    private mutating func expect(_ byte: UInt8) throws(JSONError) {
        guard index < bytes.count else { throw JSONError(.unexpectedEnd, at: index) }
        guard take(byte) else { throw JSONError(.unexpectedCharacter, at: index) }
    }
}

/// Finds a repeated key: by comparing where members are few, by hashing where somebody sends thousands.
private struct KeySet {
    private var hashed: Set<String> = []

    mutating func insert(_ key: String, among members: [JSONObject.Member]) -> Bool {
        if members.count < 16 { return !members.contains { $0.key == key } }
        if hashed.isEmpty { hashed = Set(members.map(\.key)) }
        return hashed.insert(key).inserted
    }
}

enum Ascii {
    static let quote = UInt8(ascii: "\"")
    static let backslash = UInt8(ascii: "\\")
    static let openBrace = UInt8(ascii: "{")
    static let closeBrace = UInt8(ascii: "}")
    static let openBracket = UInt8(ascii: "[")
    static let closeBracket = UInt8(ascii: "]")
    static let colon = UInt8(ascii: ":")
    static let comma = UInt8(ascii: ",")
    static let minus = UInt8(ascii: "-")
    static let point = UInt8(ascii: ".")
    static let zero = UInt8(ascii: "0")
    static let nine = UInt8(ascii: "9")

    static func hexDigit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case zero...nine: byte - zero
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
