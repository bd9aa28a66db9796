package import BSON

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

extension Matcher {
    /// Predicates joined by "and": each holds for every document that matches.
    package var conjuncts: [(path: String, predicate: IndexablePredicate)] { root.conjuncts }

    /// The text search of the query, when it has one.
    package var textQuery: TextQuery? { root.textQuery }

    /// The alternatives, when the whole query is one `$or`.
    package var alternatives: [[(path: String, predicate: IndexablePredicate)]]? {
        guard let either = root as? LogicalCondition, either.operation == .or else { return nil }
        return either.parts.map(\.conjuncts)
    }
}

extension Condition {
    var textQuery: TextQuery? {
        if let text = self as? TextCondition { return text.query }
        guard let all = self as? LogicalCondition, all.operation == .and else { return nil }
        return all.parts.lazy.compactMap(\.textQuery).first
    }
}
