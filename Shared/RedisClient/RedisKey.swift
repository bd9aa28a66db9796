/// The name of a key. A service declares its keys in one `RedisKey+Service.swift`; nobody builds one from loose strings.
package struct RedisKey: Hashable, Sendable, CustomStringConvertible {
    package let text: String

    /// Joins the parts with `:`. Keys of one script share a part in braces, the hash tag, as `{u07}`.
    package init(_ parts: String...) {
        let length = parts.reduce(parts.count - 1) { $0 + $1.utf8.count }
        text = String(unsafeUninitializedCapacity: length) { text in
            var end = 0
            for var part in parts {
                if end > 0 {
                    text[end] = UInt8(ascii: ":")
                    end += 1
                }
                end = part.withUTF8 { text[end...].update(fromContentsOf: $0) }
            }
            return end
        }
    }

    /// The cluster slot that holds the key.
    package var slot: UInt16 { RedisSlot.of(Array(text.utf8)) }

    package var description: String { text }
}
