import BSON

/// A `$text` search: what to look for. Where to look is the business of the text index.
package struct TextQuery: Sendable {
    package let search: String

    /// The options that would change what is found are refused, unless they ask for what is done anyway.
    init(_ document: BSONDocument) throws(CommandError) {
        var search: String?
        for (key, value) in document.elements {
            switch key {
            case "$search": search = try Self.string(value, key)
            case "$language":
                let language = try Self.string(value, key)
                guard ["english", "en"].contains(language.lowercased()) else {
                    throw .badValue("unsupported language: \"\(language)\" for $text")
                }
            case "$caseSensitive", "$diacriticSensitive":
                guard case .bool(let flag) = value else { throw Self.wrongType(value, key, expected: "bool") }
                guard !flag else { throw .badValue("\(key) in $text is not implemented") }
            default: throw .badValue("extra fields in $text: \(key)")
            }
        }
        guard let search else { throw CommandError(.noSuchKey, "Missing expected field \"$search\"") }
        self.search = search
    }

    private static func string(_ value: BSONValue, _ key: String) throws(CommandError) -> String {
        guard case .string(let text) = value else { throw wrongType(value, key, expected: "string") }
        return text
    }

    private static func wrongType(_ value: BSONValue, _ key: String, expected: String) -> CommandError {
        CommandError(
            .typeMismatch, "\"\(key)\" had the wrong type. Expected \(expected), found \(value.typeName)")
    }
}
