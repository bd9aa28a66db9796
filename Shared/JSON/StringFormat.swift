/// A shape that a string must have: what it is called in the schema, and how it is checked.
package struct StringFormat: Sendable {
    /// The `format` of JSON Schema, or a name of ours.
    package let name: String
    /// The same rule as a regular expression of ECMA-262, for clients; checked by `accepts`.
    package let pattern: String?
    package let accepts: @Sendable (String) -> Bool

    package init(_ name: String, pattern: String? = nil, accepts: @escaping @Sendable (String) -> Bool) {
        self.name = name
        self.pattern = pattern
        self.accepts = accepts
    }

    /// 24 hexadecimal digits.
    package static let objectID = StringFormat("object-id", pattern: "^[0-9a-fA-F]{24}$") { text in
        text.utf8.count == 24 && text.utf8.allSatisfy { Ascii.hexDigit($0) != nil }
    }

    /// Something before and after one `@`, with a dot after it and neither spaces nor control characters.
    package static let email = StringFormat("email") { text in
        let parts = text.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, parts[0].utf8.count <= 64, text.utf8.count <= 254 else {
            return false
        }
        let labels = parts[1].split(separator: ".", omittingEmptySubsequences: false)
        guard labels.count > 1, labels.allSatisfy({ !$0.isEmpty }) else { return false }
        return text.unicodeScalars.allSatisfy { !$0.properties.isWhitespace && $0.value > 0x1F && $0.value != 0x7F }
    }

    /// An absolute http or https address without spaces.
    package static let webAddress = StringFormat("uri", pattern: "^https?://[^\\s/]+") { text in
        guard let scheme = ["https://", "http://"].first(where: { text.hasPrefix($0) }) else { return false }
        let rest = text.dropFirst(scheme.count)
        guard let first = rest.first, first != "/" else { return false }
        return rest.unicodeScalars.allSatisfy { $0.value > 0x20 && $0.value != 0x7F }
    }

    /// RFC 3339, as in `2026-11-21T08:00:00.000Z`. The shape only: whoever needs the instant parses it.
    package static let dateTime = StringFormat("date-time") { text in
        let bytes = Array(text.utf8)
        guard bytes.count >= 20 else { return false }
        let shape = Array("0000-00-00T00:00:00".utf8)
        let fits = zip(bytes, shape).allSatisfy { byte, wanted in
            wanted == Ascii.zero ? (Ascii.zero...Ascii.nine).contains(byte) : byte | 0x20 == wanted | 0x20
        }
        return fits && (bytes[bytes.count - 1] | 0x20 == UInt8(ascii: "z") || bytes.count >= 25)
    }
}
