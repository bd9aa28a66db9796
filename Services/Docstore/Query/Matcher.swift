package import BSON

/// A query, parsed once and asked about many documents.
package struct Matcher: Sendable {
    let root: any Condition

    /// - Parameter variables: what `$$name` stands for inside `$expr` (`let` of the command).
    package init(filter: BSONDocument, variables: Variables = Variables()) throws(CommandError) {
        try self.init(filter: filter, parser: QueryParser(variables: variables))
    }

    init(filter: BSONDocument, parser: QueryParser) throws(CommandError) { root = try parser.parse(filter) }

    package func matches(_ document: BSONDocument) throws(CommandError) -> Bool {
        var position: Int?
        return try root.matches(document, &position)
    }

    /// Whether the document matches, and which element of the outermost array made it match, for `$` in updates and
    /// projections. With several arrays the condition that is looked at last decides, as in MongoDB.
    package func match(_ document: BSONDocument) throws(CommandError) -> (matches: Bool, position: Int?) {
        var position: Int?
        let matches = try root.matches(document, &position)
        return (matches, matches ? position : nil)
    }

    /// Predicates joined by "and": each holds for every document that matches.
    package var conjuncts: [(path: String, predicate: IndexablePredicate)] { root.conjuncts }

    /// The alternatives, when the whole query is one `$or`.
    package var alternatives: [[(path: String, predicate: IndexablePredicate)]]? {
        guard let either = root as? LogicalCondition, either.operation == .or else { return nil }
        return either.parts.map(\.conjuncts)
    }

    /// The text search of the query, when it has one. The plan that reads the text index does the work.
    package var textQuery: TextQuery? { root.textQuery }

    /// Why a document does not match, in the shape of the `details` of error 121; nil when it matches.
    package func explanation(for document: BSONDocument) throws(CommandError) -> BSONDocument? {
        try root.explanation(for: document)
    }
}

/// What a query asks of one path, in the terms of an index. Every document that matches the query fulfils it
/// (with some value along the path, as arrays have many); the matcher still has the last word.
package enum IndexablePredicate: Sendable {
    /// Equal to the value; null also means missing.
    case equal(BSONValue)
    /// Equal to one of the values; null also means missing.
    case anyOf([BSONValue])
    /// Less than the value and of its kind (MinKey and MaxKey: of any kind).
    case less(BSONValue, orEqual: Bool)
    case greater(BSONValue, orEqual: Bool)
    /// Present.
    case exists
    /// A string that starts so, or a regular expression (which only `/^prefix/` can narrow).
    case prefix(String)
}
