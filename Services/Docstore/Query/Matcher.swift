package import BSON

/// A query, parsed once and asked about many documents.
package struct Matcher: Sendable {
    let root: any Condition

    /// - Parameter variables: what `$$name` stands for inside `$expr` (`let` of the command).
    package init(filter: BSONDocument, variables: Variables = Variables()) throws(CommandError) {
        try self.init(filter: filter, context: QueryContext(variables: variables))
    }

    init(filter: BSONDocument, context: QueryContext) throws(CommandError) {
        root = try QueryParser(context: context).parse(filter).sortedForMatching
    }

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

    /// Why a document does not match, in the shape of the `details` of error 121; nil when it matches.
    package func explanation(for document: BSONDocument) throws(CommandError) -> BSONDocument? {
        try root.explanation(for: document)
    }
}

/// What parsing a query needs to know.
struct QueryContext: Sendable {
    var variables = Variables()
    var allowsText = true
    var allowsExpressions = true

    /// Inside of `$elemMatch` and of what selects elements of arrays, neither `$text` nor `$expr` may stand.
    func ofElements() -> QueryContext {
        QueryContext(variables: variables, allowsText: false, allowsExpressions: false)
    }
}

/// A part of a query that a document fulfils or not.
protocol Condition: Sendable {
    /// - Parameter position: set to the index of the array element that fulfilled the condition, where one did.
    func matches(_ document: BSONDocument, _ position: inout Int?) throws(CommandError) -> Bool

    /// The same asked about one array element: paths are left out of account. For `$elemMatch: {$gt: 1}`.
    func matches(element: BSONValue) throws(CommandError) -> Bool

    /// MongoDB looks at the parts of a conjunction in this order; with `$` updates it shows.
    var matchOrder: (rank: Int, path: String) { get }

    var sortedForMatching: any Condition { get }

    /// Predicates that every match fulfils, for the choice of an index.
    var conjuncts: [(path: String, predicate: IndexablePredicate)] { get }

    /// - Returns: nil when the document matches, else why not, as `errInfo` shows it.
    func explanation(for document: BSONDocument) throws(CommandError) -> BSONDocument?
}

extension Condition {
    func matches(element: BSONValue) throws(CommandError) -> Bool { false }
    var sortedForMatching: any Condition { self }
    var conjuncts: [(path: String, predicate: IndexablePredicate)] { [] }

    func explanation(for document: BSONDocument) throws(CommandError) -> BSONDocument? {
        var position: Int?
        return try matches(document, &position) ? nil : ["reason": "expression did not match"]
    }
}
