import BSON

/// `$and`, and the fields of a query side by side.
struct Conjunction: Condition {
    var parts: [any Condition]

    /// One condition as it is; several joined; none is always true.
    static func of(_ parts: [any Condition]) -> any Condition {
        parts.count == 1 ? parts[0] : Conjunction(parts: parts)
    }

    func matches(_ document: BSONDocument, _ position: inout Int?) throws(CommandError) -> Bool {
        for part in parts where try !part.matches(document, &position) {
            position = nil
            return false
        }
        return true
    }

    func matches(element: BSONValue) throws(CommandError) -> Bool {
        for part in parts where try !part.matches(element: element) { return false }
        return true
    }

    var matchOrder: MatchOrder { MatchOrder(rank: 0) }

    /// Nested conjunctions are one, sorted in MongoDB's order.
    var sortedForMatching: any Condition {
        var flat: [any Condition] = []
        for part in parts.map(\.sortedForMatching) {
            if let inner = part as? Conjunction { flat += inner.parts } else { flat.append(part) }
        }
        let order = flat.enumerated().sorted { left, right in
            let first = left.element.matchOrder
            let second = right.element.matchOrder
            return first < second || (!(second < first) && left.offset < right.offset)
        }
        return Conjunction.of(order.map(\.element))
    }

    var conjuncts: [(path: String, predicate: IndexablePredicate)] { parts.flatMap(\.conjuncts) }
}

/// `$or`.
struct Disjunction: Condition {
    var parts: [any Condition]

    func matches(_ document: BSONDocument, _ position: inout Int?) throws(CommandError) -> Bool {
        // As in MongoDB, an alternative says nothing about the position.
        var ignored: Int?
        for part in parts where try part.matches(document, &ignored) { return true }
        return false
    }

    func matches(element: BSONValue) throws(CommandError) -> Bool {
        for part in parts where try part.matches(element: element) { return true }
        return false
    }

    var matchOrder: MatchOrder { MatchOrder(rank: 1) }
    var sortedForMatching: any Condition {
        parts.count == 1 ? parts[0].sortedForMatching : Disjunction(parts: parts.map(\.sortedForMatching))
    }
    var conjuncts: [(path: String, predicate: IndexablePredicate)] { parts.count == 1 ? parts[0].conjuncts : [] }
}

/// `$nor`, and with one part `$not`, `$ne` and `$nin`. What it looks at leaves no position behind.
struct Negation: Condition {
    var parts: [any Condition]

    func matches(_ document: BSONDocument, _ position: inout Int?) throws(CommandError) -> Bool {
        var ignored: Int?
        for part in parts where try part.matches(document, &ignored) { return false }
        return true
    }

    func matches(element: BSONValue) throws(CommandError) -> Bool {
        for part in parts where try part.matches(element: element) { return false }
        return true
    }

    var matchOrder: MatchOrder { MatchOrder(rank: 30) }
    var sortedForMatching: any Condition { Negation(parts: parts.map(\.sortedForMatching)) }
}

/// `$alwaysTrue`, `$alwaysFalse`, and `$all: []`.
struct Constant: Condition {
    var value: Bool

    func matches(_ document: BSONDocument, _ position: inout Int?) -> Bool { value }
    func matches(element: BSONValue) -> Bool { value }
    var matchOrder: MatchOrder { MatchOrder(rank: 40) }
}

/// `$expr`: an aggregation expression that is true of the document.
struct ExpressionCondition: Condition {
    var expression: any Expression
    var variables: Variables

    func matches(_ document: BSONDocument, _ position: inout Int?) throws(CommandError) -> Bool {
        try expression.evaluate(variables.binding(root: document)).isTruthy
    }

    var matchOrder: MatchOrder { MatchOrder(rank: 39) }
}
