/// The headers of an answer, in order. Names compare without regard to case.
package struct Headers: Sendable, ExpressibleByDictionaryLiteral {
    package private(set) var fields: [(name: String, value: String)]

    package init() { fields = [] }

    package init(_ fields: [(String, String)]) { self.fields = fields.map { (name: $0.0, value: $0.1) } }

    package init(dictionaryLiteral elements: (String, String)...) { self.init(elements) }

    package var isEmpty: Bool { fields.isEmpty }

    /// The first value under `name`. Setting replaces all of them; nil removes them.
    package subscript(_ name: String) -> String? {
        get { fields.first { Self.areEqual($0.name, name) }?.value }
        set {
            fields.removeAll { Self.areEqual($0.name, name) }
            if let newValue { fields.append((name, newValue)) }
        }
    }

    /// Adds a value beside those that `name` may have already.
    package mutating func add(_ name: String, _ value: String) { fields.append((name, value)) }

    /// `RateLimit: "default";r=50;t=30` and its policy (IETF draft 10), in nearly every answer: so written in one piece.
    ///
    /// - Parameters:
    ///   - remaining: requests left in the window.
    ///   - resetsIn: seconds until the next window.
    package mutating func addRateLimit(remaining: Int, resetsIn: Int, policy: String) {
        fields.reserveCapacity(fields.count + 2)
        let value = String(unsafeUninitializedCapacity: 64) { text in
            var end = Self.write("\"default\";r=", at: 0, of: text)
            end = Self.write(remaining, at: end, of: text)
            end = Self.write(";t=", at: end, of: text)
            return Self.write(resetsIn, at: end, of: text)
        }
        fields.append(("RateLimit", value))
        fields.append(("RateLimit-Policy", policy))
    }

    private static func write(_ words: StaticString, at start: Int, of text: UnsafeMutableBufferPointer<UInt8>) -> Int {
        words.withUTF8Buffer { text[start...].update(fromContentsOf: $0) }
    }

    private static func write(_ number: Int, at start: Int, of text: UnsafeMutableBufferPointer<UInt8>) -> Int {
        var rest = number.magnitude
        var length = 1
        while rest >= 10 {
            rest /= 10
            length += 1
        }
        rest = number.magnitude
        for index in stride(from: start + length - 1, through: start, by: -1) {
            text[index] = 0x30 + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
        return start + length
    }

    package static func areEqual(_ left: String, _ right: String) -> Bool {
        left.utf8.count == right.utf8.count && zip(left.utf8, right.utf8).allSatisfy { lower($0) == lower($1) }
    }

    private static func lower(_ byte: UInt8) -> UInt8 { byte &- 0x41 < 26 ? byte | 0x20 : byte }
}
