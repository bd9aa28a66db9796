/// The name of a key. A service declares its keys in one `RedisKey+Service.swift`; nobody builds one from loose strings.
package struct RedisKey: Hashable, Sendable, CustomStringConvertible {
    package let text: String

    /// Joins the parts with `:`. Keys of one script share a part in braces, the hash tag, as `{u07}`.
    package init(_ parts: String...) { text = parts.count == 1 ? parts[0] : parts.joined(separator: ":") }

    /// The cluster slot that holds the key.
    package var slot: UInt16 { RedisSlot.of(Array(text.utf8)) }

    package var description: String { text }
}
