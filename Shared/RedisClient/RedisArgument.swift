/// One argument of a command: text, bytes or a number.
package enum RedisArgument: Sendable, ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByStringInterpolation
{
    case text(String)
    case bytes([UInt8])
    case integer(Int64)

    package init(stringLiteral value: String) { self = .text(value) }
    package init(integerLiteral value: Int64) { self = .integer(value) }
    package init(_ value: String) { self = .text(value) }
    package init(_ value: [UInt8]) { self = .bytes(value) }
    package init(_ value: some BinaryInteger) { self = .integer(Int64(value)) }
    package init(_ key: RedisKey) { self = .text(key.text) }

    /// Shortest text that reads back as the same number: what sorted-set scores need.
    package init(_ value: Double) {
        self = .text(value == value.rounded() && abs(value) < 1e15 ? "\(Int64(value))" : "\(value)")
    }

    package static func key(_ key: RedisKey) -> RedisArgument { .text(key.text) }

    /// Appends `$length\r\nbytes\r\n`.
    func append(to buffer: inout [UInt8]) {
        switch self {
        case .text(let text):
            RESP.appendHeader(UInt8(ascii: "$"), text.utf8.count, to: &buffer)
            buffer.append(contentsOf: text.utf8)
        case .bytes(let bytes):
            RESP.appendHeader(UInt8(ascii: "$"), bytes.count, to: &buffer)
            buffer.append(contentsOf: bytes)
        case .integer(let number):
            var digits: [UInt8] = []
            RESP.appendNumber(number, to: &digits)
            RESP.appendHeader(UInt8(ascii: "$"), digits.count, to: &buffer)
            buffer.append(contentsOf: digits)
        }
        buffer.append(13)
        buffer.append(10)
    }

    var utf8: [UInt8] {
        switch self {
        case .text(let text): Array(text.utf8)
        case .bytes(let bytes): bytes
        case .integer(let number): Array(String(number).utf8)
        }
    }
}

/// The few lines of Redis' serialization protocol that a client writes.
enum RESP {
    /// Appends a type byte, a count and the line's end.
    static func appendHeader(_ type: UInt8, _ count: Int, to buffer: inout [UInt8]) {
        buffer.append(type)
        appendNumber(Int64(count), to: &buffer)
        buffer.append(13)
        buffer.append(10)
    }

    static func appendNumber(_ number: Int64, to buffer: inout [UInt8]) {
        if number < 0 { buffer.append(UInt8(ascii: "-")) }
        appendNumber(number.magnitude, to: &buffer)
    }

    static func appendNumber(_ magnitude: UInt64, to buffer: inout [UInt8]) {
        let start = buffer.count
        var rest = magnitude
        repeat {
            buffer.append(UInt8(ascii: "0"))
            rest /= 10
        } while rest > 0
        // The last digit first: dividing by a constant is cheap, by a power that is not known is not.
        rest = magnitude
        for place in (start..<buffer.count).reversed() {
            buffer[place] += UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
    }

    /// Writes a number's digits from the beginning on; returns how many there were.
    static func write(_ magnitude: UInt64, to text: UnsafeMutableBufferPointer<UInt8>) -> Int {
        var digits = 1
        var rest = magnitude / 10
        while rest > 0 {
            digits += 1
            rest /= 10
        }
        rest = magnitude
        for place in (0..<digits).reversed() {
            text[place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
        return digits
    }
}
