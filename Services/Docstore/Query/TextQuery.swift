import BSON

/// A `$text` search: what to look for. Where to look is the business of the text index.
package struct TextQuery: Sendable {
    package let search: String

    /// The options that would change what is found are refused, unless they ask for what is done anyway.
    init(_ document: BSONDocument) throws(CommandError) {
        var search: String?
        for (key, value) in document.elements {
            switch key {
            case "$search":
                guard case .string(let text) = value else {
                    throw CommandError(
                        .typeMismatch, "\"$search\" had the wrong type. Expected string, found \(value.typeName)")
                }
                search = text
            case "$language":
                guard case .string(let language) = value else {
                    throw CommandError(
                        .typeMismatch, "\"$language\" had the wrong type. Expected string, found \(value.typeName)")
                }
                guard ["english", "en"].contains(language.lowercased()) else {
                    throw CommandError(.badValue, "unsupported language: \"\(language)\" for $text")
                }
            case "$caseSensitive", "$diacriticSensitive":
                guard case .bool(let flag) = value else {
                    throw CommandError(
                        .typeMismatch, "\"\(key)\" had the wrong type. Expected bool, found \(value.typeName)")
                }
                guard !flag else { throw CommandError(.badValue, "\(key) in $text is not implemented") }
            default: throw CommandError(.badValue, "extra fields in $text: \(key)")
            }
        }
        guard let search else { throw CommandError(.noSuchKey, "Missing expected field \"$search\"") }
        self.search = search
    }
}

/// The place of a `$text` in a query. The plan that reads the text index does the work.
struct TextCondition: Condition {
    var query: TextQuery

    func matches(_ document: BSONDocument, _ position: inout Int?) -> Bool { true }
    var matchOrder: MatchOrder { MatchOrder(rank: 42) }
}

/// `$text`.
enum TextOperator: TopOperator {
    static let names = ["$text"]

    static func parse(
        _ argument: BSONValue, named name: String, isTop: Bool, parser: QueryParser
    ) throws(CommandError) -> (any Condition)? {
        guard case .document(let document) = argument else { throw CommandError(.badValue, "$text expects an object") }
        guard parser.context.allowsText else {
            throw CommandError(.badValue, "$text is not implemented in this place of a query")
        }
        return TextCondition(query: try TextQuery(document))
    }
}
