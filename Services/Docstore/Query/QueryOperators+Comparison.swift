import BSON

extension QueryOperators {
    static func comparison(_ relation: Comparison.Relation) -> Operator {
        { (clause) throws(CommandError) in
            // Only `$eq` compares with a regular expression, as with any value.
            let value = try clause.comparable(allowsRegex: relation == .equal)
            return clause.condition(Comparison(relation: relation, value: value))
        }
    }

    static func notEqual(_ clause: OperatorClause) throws(CommandError) -> (any Condition)? {
        let value = try clause.comparable(allowsRegex: false)
        return LogicalCondition(.nor, [clause.condition(Comparison(relation: .equal, value: value))])
    }

    static func membership(_ clause: OperatorClause) throws(CommandError) -> (any Condition)? {
        clause.condition(try Membership.test(clause))
    }

    /// `$not`, with a document of operators or a regular expression.
    static func negation(_ clause: OperatorClause) throws(CommandError) -> (any Condition)? {
        switch clause.argument {
        case .regex: return LogicalCondition(.nor, try clause.parser.conditions(on: clause.path, clause.argument))
        case .document(let document):
            guard !document.isEmpty else { throw .badValue("$not cannot be empty") }
            let inner = try clause.parser.operators(document, on: clause.path)
            return LogicalCondition(.nor, [LogicalCondition.all(inner)])
        default: throw .badValue("$not needs a regex or a document")
        }
    }

    /// `$regex`, with the `$options` beside it.
    static func regex(_ clause: OperatorClause) throws(CommandError) -> (any Condition)? {
        let given = clause.siblings["$options"]
        guard given == nil || given?.textual != nil else { throw .badValue("$options has to be a string") }
        let own: (pattern: String, options: String)
        switch clause.argument {
        case .regex(let pattern, let options): own = (pattern, options)
        case .string(let pattern), .symbol(let pattern): own = (pattern, "")
        default: throw .badValue("$regex has to be a string")
        }
        try require(given == nil || own.options.isEmpty, code: 51075, "options set in both $regex and $options")
        let regex = try Regex(pattern: own.pattern, options: given?.textual ?? own.options)
        return clause.condition(RegexTest(regex: regex))
    }
}

/// `$eq`, `$gt`, `$gte`, `$lt`, `$lte`: within the kind of the value that is compared with.
struct Comparison: ValueTest {
    enum Relation: Int { case equal = 5, lessOrEqual, less, greater, greaterOrEqual }

    var relation: Relation
    var value: BSONValue

    var matchRank: Int { relation.rawValue }
    var refusal: String { "comparison failed" }

    func matches(_ candidate: BSONValue?, _ position: inout Int?) -> Bool {
        guard let candidate, candidate.orderRank == value.orderRank else { return matchesAcrossKinds(candidate) }
        if relation != .equal, let left = Number(candidate), let right = Number(value), left.isNaN || right.isNaN {
            return left.isNaN && right.isNaN && allowsEqual
        }
        return holds(MongoOrder.compare(candidate, value))
    }

    private func holds(_ order: Int) -> Bool {
        switch relation {
        case .equal: order == 0
        case .lessOrEqual: order <= 0
        case .less: order < 0
        case .greater: order > 0
        case .greaterOrEqual: order >= 0
        }
    }

    private var allowsEqual: Bool { holds(0) }

    /// Null equals missing and undefined; MinKey and MaxKey compare with every kind.
    private func matchesAcrossKinds(_ candidate: BSONValue?) -> Bool {
        if value.isNull, candidate.isNullish { return allowsEqual }
        return switch relation {
        case .less, .lessOrEqual: value == .maxKey
        case .greater, .greaterOrEqual: value == .minKey
        case .equal: false
        }
    }

    var predicates: [IndexablePredicate] {
        if relation == .equal { return [.equal(value)] }
        if let number = Number(value), number.isNaN { return [] }
        let isLess = relation == .less || relation == .lessOrEqual
        return [isLess ? .less(value, orEqual: allowsEqual) : .greater(value, orEqual: allowsEqual)]
    }
}

/// `$in`: equal to one of the values, or matched by one of the regular expressions.
struct Membership: ValueTest {
    private let values: [BSONValue]
    private let keys: Set<ValueKey>
    private let holdsNull: Bool
    private let patterns: [RegexTest]

    private init(values: [BSONValue], patterns: [RegexTest]) {
        self.values = values
        self.patterns = patterns
        holdsNull = values.contains(.null)
        // A handful is faster to compare than to hash.
        keys = values.count > 8 ? Set(values.map(ValueKey.init)) : []
    }

    /// One value is an equality, also for what an upsert takes from its query.
    static func test(_ clause: OperatorClause) throws(CommandError) -> any ValueTest {
        var values: [BSONValue] = []
        var patterns: [RegexTest] = []
        for element in try clause.array() {
            switch element {
            case .document(let document) where document.isOperators:
                throw .badValue("cannot nest $ under $in")
            case .regex(let pattern, let options):
                patterns.append(RegexTest(regex: try Regex(pattern: pattern, options: options)))
            case .undefined: throw .badValue("InMatchExpression equality cannot be undefined")
            default: values.append(element)
            }
        }
        if values.count == 1, patterns.isEmpty { return Comparison(relation: .equal, value: values[0]) }
        return Membership(values: values, patterns: patterns)
    }

    var matchRank: Int { 13 }
    var refusal: String { "no matching value found in array" }

    func matches(_ value: BSONValue?, _ position: inout Int?) throws(CommandError) -> Bool {
        guard let value else { return holdsNull }
        if keys.isEmpty ? values.contains(where: { MongoOrder.equal($0, value) }) : keys.contains(ValueKey(value)) {
            return true
        }
        for pattern in patterns where try pattern.matches(value, &position) { return true }
        return false
    }

    var predicates: [IndexablePredicate] { patterns.isEmpty ? [.anyOf(values)] : [] }
}

/// A regular expression, tried on strings; an equal regular expression as a value matches, too.
struct RegexTest: ValueTest {
    let regex: Regex
    var matchRank: Int { 10 }
    var refusal: String { "regular expression did not match" }

    func matches(_ value: BSONValue?, _ position: inout Int?) throws(CommandError) -> Bool {
        switch value {
        case .string(let text)?, .symbol(let text)?: try regex.matches(text)
        case .regex(let pattern, let options)?: pattern == regex.pattern && options == regex.options
        default: false
        }
    }

    /// `/^abc/` without options can only match strings that start with `abc`.
    var predicates: [IndexablePredicate] {
        guard regex.options.isEmpty, regex.pattern.hasPrefix("^") else { return [] }
        let special = Set("\\^$.|?*+()[]{}")
        let body = regex.pattern.dropFirst()
        guard !body.contains("|") else { return [] }
        var prefix = body.prefix { !special.contains($0) && !$0.isWhitespace && $0 != "#" }
        if let next = body.dropFirst(prefix.count).first, "?*{".contains(next), !prefix.isEmpty { prefix.removeLast() }
        return prefix.isEmpty ? [] : [.prefix(String(prefix))]
    }
}
