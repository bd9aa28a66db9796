import BSON

/// A query, parsed once and asked about many documents.
struct Matcher: Sendable {
    let root: any Condition

    /// - Parameter variables: what `$$name` stands for inside `$expr` (`let` of the command).
    init(filter: BSONDocument, variables: Variables = Variables()) throws {
        try self.init(filter: filter, parser: QueryParser(variables: variables))
    }

    init(filter: BSONDocument, parser: QueryParser) throws { root = try parser.parse(filter) }

    func matches(_ document: BSONDocument) throws -> Bool {
        var position: Int?
        return try root.matches(document, &position)
    }

    /// Whether the document matches, and which element of the outermost array made it match, for `$` in updates and
    /// projections. With several arrays the condition that is looked at last decides, as in MongoDB.
    func match(_ document: BSONDocument) throws -> (matches: Bool, position: Int?) {
        var position: Int?
        let matches = try root.matches(document, &position)
        return (matches, matches ? position : nil)
    }

    /// Each holds for every document that matches.
    var conjuncts: [Conjunct] { root.conjuncts }

    /// The alternatives, when the whole query is one `$or`.
    var alternatives: [[Conjunct]]? {
        guard let either = root as? LogicalCondition, either.operation == .or else { return nil }
        return either.parts.map(\.conjuncts)
    }

    /// The plan that reads the text index does the work.
    var textQuery: TextQuery? { root.textQuery }

    func explanation(for document: BSONDocument) throws -> BSONDocument? { try root.explanation(for: document) }
}

typealias Conjunct = (path: String, predicate: IndexablePredicate)

/// What a query asks of one path, in the terms of an index. Every document that matches the query fulfils it
/// (with some value along the path, as arrays have many); the matcher still has the last word.
enum IndexablePredicate: Sendable {
    /// Equal to the value; null also means missing.
    case equal(BSONValue)
    /// Equal to one of the values; null also means missing.
    case anyOf([BSONValue])
    /// Less, or greater, than the value and of its kind (MinKey and MaxKey: of any kind).
    case beside(BSONValue, isLess: Bool, orEqual: Bool)
    case exists
    /// A string that starts so, or a regular expression (which only `/^prefix/` can narrow).
    case prefix(String)
}
