import BSON

/// A `$text` search.
package struct TextQuery: Sendable {
    package let search: String

    init(_ document: BSONDocument) throws(CommandError) {
        guard case .string(let search)? = document["$search"] else {
            throw CommandError(.typeMismatch, "\"$search\" had the wrong type. Expected string")
        }
        self.search = search
    }
}
struct TextCondition: Condition {
    var query: TextQuery
    func matches(_ document: BSONDocument, _ position: inout Int?) throws(CommandError) -> Bool { true }
    var matchOrder: MatchOrder { MatchOrder(rank: 42) }
}
enum TextOperator: TopOperator {
    static let names = ["$text"]
    static func parse(
        _ argument: BSONValue, named name: String, isTop: Bool, parser: QueryParser
    ) throws(CommandError) -> (any Condition)? {
        guard case .document(let document) = argument else { throw CommandError(.badValue, "$text expects an object") }
        return TextCondition(query: try TextQuery(document))
    }
}
