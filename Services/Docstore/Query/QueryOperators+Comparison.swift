import BSON

extension QueryOperators {
    /// - Parameter allowsRegex: whether a regular expression is compared with as any other value.
    static func comparison(_ relation: Relation, allowsRegex: Bool = false) -> Operator {
        { clause in
            let isPattern = clause.argument.type == .regex
            try require(allowsRegex || !isPattern, .badValue, "Can't have regex as arg to \(clause.name).")
            try require(clause.argument != .undefined, .badValue, "cannot compare to undefined")
            return clause.condition(relation.test(clause.argument))
        }
    }

    static func not(_ operation: @escaping Operator) -> Operator {
        { clause in LogicalCondition(operation: .nor, parts: try operation(clause).map { [$0] } ?? []) }
    }

    static func membership(_ clause: OperatorClause) throws -> (any Condition)? {
        var values: [BSONValue] = []
        var patterns: [Regex] = []
        for element in try clause.array() {
            switch element {
            case .document(let document) where document.isOperators:
                throw CommandError.badValue("cannot nest $ under $in")
            case .regex(let pattern, let options): patterns.append(try Regex(pattern: pattern, options: options))
            case .undefined: throw CommandError.badValue("InMatchExpression equality cannot be undefined")
            default: values.append(element)
            }
        }
        // One value is an equality, also for what an upsert takes from its query.
        if values.count == 1, patterns.isEmpty { return clause.condition(Relation.equal.test(values[0])) }
        let holdsNull = values.contains(.null)
        // A handful is faster to compare than to hash.
        let keys = values.count > 8 ? Set(values.map(ValueKey.init)) : []
        let predicates: [IndexablePredicate] = patterns.isEmpty ? [.anyOf(values)] : []
        return clause.condition(
            ValueTest(rank: 13, predicates: predicates, refusal: "no matching value found in array") {
                [values, patterns] value, _ in
                guard let value else { return holdsNull }
                for pattern in patterns where try pattern.matches(value) { return true }
                return keys.isEmpty
                    ? values.contains { MongoOrder.equal($0, value) } : keys.contains(ValueKey(value))
            })
    }

    static func negation(_ clause: OperatorClause) throws -> (any Condition)? {
        switch clause.argument {
        case .regex:
            let parts = try clause.parser.conditions(on: clause.path, clause.argument)
            return LogicalCondition(operation: .nor, parts: parts)
        case .document(let document):
            try require(!document.isEmpty, .badValue, "$not cannot be empty")
            let inner = try clause.parser.operators(document, on: clause.path)
            return LogicalCondition(operation: .nor, parts: [LogicalCondition.all(inner)])
        default: throw CommandError.badValue("$not needs a regex or a document")
        }
    }

    static func regex(_ clause: OperatorClause) throws -> (any Condition)? {
        let given = clause.siblings["$options"]
        try require(given == nil || given?.textual != nil, .badValue, "$options has to be a string")
        let own: (pattern: String, options: String) =
            switch clause.argument {
            case .regex(let pattern, let options): (pattern, options)
            case .string(let pattern), .symbol(let pattern): (pattern, "")
            default: throw CommandError.badValue("$regex has to be a string")
            }
        try require(given == nil || own.options.isEmpty, code: 51075, "options set in both $regex and $options")
        return clause.condition(try Regex(pattern: own.pattern, options: given?.textual ?? own.options).test)
    }
}

/// `$eq`, `$gt`, `$gte`, `$lt`, `$lte`: within the kind of the value that is compared with.
enum Relation: Int {
    case equal = 5, lessOrEqual, less, greater, greaterOrEqual

    private func holds(_ order: Int) -> Bool {
        switch self {
        case .equal: order == 0
        case .lessOrEqual: order <= 0
        case .less: order < 0
        case .greater: order > 0
        case .greaterOrEqual: order >= 0
        }
    }

    private var allowsEqual: Bool { holds(0) }

    func test(_ value: BSONValue) -> ValueTest {
        ValueTest(rank: rawValue, predicates: predicates(value), refusal: "comparison failed") { candidate, _ in
            guard let candidate, candidate.orderRank == value.orderRank else {
                return matchesAcrossKinds(candidate, value)
            }
            if self != .equal, let left = candidate.number, let right = value.number, left.isNaN || right.isNaN {
                return left.isNaN && right.isNaN && allowsEqual
            }
            return holds(MongoOrder.compare(candidate, value))
        }
    }

    /// Null equals missing and undefined; MinKey and MaxKey compare with every kind.
    private func matchesAcrossKinds(_ candidate: BSONValue?, _ value: BSONValue) -> Bool {
        if value.isNull, candidate.isNullish { return allowsEqual }
        return switch self {
        case .less, .lessOrEqual: value == .maxKey
        case .greater, .greaterOrEqual: value == .minKey
        case .equal: false
        }
    }

    private func predicates(_ value: BSONValue) -> [IndexablePredicate] {
        if self == .equal { return [.equal(value)] }
        if value.number?.isNaN == true { return [] }
        return [.beside(value, isLess: self == .less || self == .lessOrEqual, orEqual: allowsEqual)]
    }
}

extension Regex {
    /// Tried on strings; an equal regular expression as a value matches, too.
    func matches(_ value: BSONValue?) throws -> Bool {
        switch value {
        case .string(let text)?, .symbol(let text)?: try matches(text)
        case .regex(let pattern, let options)?: pattern == self.pattern && options == self.options
        default: false
        }
    }

    var test: ValueTest {
        ValueTest(rank: 10, predicates: predicates, refusal: "regular expression did not match") { value, _ in
            try self.matches(value)
        }
    }

    /// `/^abc/` without options can only match strings that start with `abc`.
    private var predicates: [IndexablePredicate] {
        let body = pattern.dropFirst()
        guard options.isEmpty, pattern.first == "^", !body.contains("|") else { return [] }
        var prefix = body.prefix { !"\\^$.|?*+()[]{}#".contains($0) && !$0.isWhitespace }
        if let next = body.dropFirst(prefix.count).first, "?*{".contains(next), !prefix.isEmpty { prefix.removeLast() }
        return prefix.isEmpty ? [] : [.prefix(String(prefix))]
    }
}
