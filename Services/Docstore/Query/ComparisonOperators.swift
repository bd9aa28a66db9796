import BSON

/// `$eq $gt $gte $lt $lte`.
enum ComparisonOperator: FieldOperator {
    private static let relations: [String: Comparison.Relation] = [
        "$eq": .equal, "$gt": .greater, "$gte": .greaterOrEqual, "$lt": .less, "$lte": .lessOrEqual,
    ]
    static var names: [String] { Array(relations.keys) }

    static func parse(_ clause: OperatorClause) throws(CommandError) -> (any Condition)? {
        guard let relation = relations[clause.name] else { return nil }
        if case .regex = clause.argument, relation != .equal {
            throw CommandError(.badValue, "Can't have RegEx as arg to predicate over field '\(clause.path)'.")
        }
        guard clause.argument != .undefined else { throw CommandError(.badValue, "cannot compare to undefined") }
        return clause.condition(Comparison(relation: relation, value: clause.argument))
    }
}

/// `$ne`.
enum NotEqualOperator: FieldOperator {
    static let names = ["$ne"]

    static func parse(_ clause: OperatorClause) throws(CommandError) -> (any Condition)? {
        if case .regex = clause.argument { throw CommandError(.badValue, "Can't have regex as arg to $ne.") }
        guard clause.argument != .undefined else { throw CommandError(.badValue, "cannot compare to undefined") }
        return Negation(parts: [clause.condition(Comparison(relation: .equal, value: clause.argument))])
    }
}

/// `$in`.
enum InOperator: FieldOperator {
    static let names = ["$in"]

    static func parse(_ clause: OperatorClause) throws(CommandError) -> (any Condition)? {
        var values: [BSONValue] = []
        var patterns: [RegexTest] = []
        for element in try clause.array() {
            switch element {
            case .document(let document) where document.isOperators:
                throw CommandError(.badValue, "cannot nest $ under $in")
            case .regex(let pattern, let options):
                patterns.append(RegexTest(regex: try Regex(pattern: pattern, options: options)))
            case .undefined:
                throw CommandError(.badValue, "InMatchExpression equality cannot be undefined")
            default: values.append(element)
            }
        }
        // One value is an equality, also for what an upsert takes from its query.
        if values.count == 1, patterns.isEmpty {
            return clause.condition(Comparison(relation: .equal, value: values[0]))
        }
        return clause.condition(Membership(values: values, patterns: patterns))
    }
}

/// `$nin`.
enum NotInOperator: FieldOperator {
    static let names = ["$nin"]

    static func parse(_ clause: OperatorClause) throws(CommandError) -> (any Condition)? {
        var inner = clause
        inner.name = "$nin"
        guard let condition = try InOperator.parse(inner) else { return nil }
        return Negation(parts: [condition])
    }
}

/// `$not`, with a document of operators or a regular expression.
enum NotOperator: FieldOperator {
    static let names = ["$not"]

    static func parse(_ clause: OperatorClause) throws(CommandError) -> (any Condition)? {
        switch clause.argument {
        case .regex(let pattern, let options):
            let test = RegexTest(regex: try Regex(pattern: pattern, options: options))
            return Negation(parts: [clause.condition(test)])
        case .document(let document):
            guard !document.isEmpty else { throw CommandError(.badValue, "$not cannot be empty") }
            let inner = try clause.parser.operators(document, on: clause.path)
            return Negation(parts: [Conjunction.of(inner)])
        default:
            throw CommandError(.badValue, "$not needs a regex or a document")
        }
    }
}

/// `$exists`.
enum ExistsOperator: FieldOperator {
    static let names = ["$exists"]

    struct Test: ValueTest {
        var matchRank: Int { 12 }
        func matches(_ value: BSONValue?, _ position: inout Int?) -> Bool { value != nil }
        var predicates: [IndexablePredicate] { [.exists] }
    }

    static func parse(_ clause: OperatorClause) throws(CommandError) -> (any Condition)? {
        let condition = clause.condition(Test())
        return clause.argument.isTruthy ? condition : Negation(parts: [condition])
    }
}

extension BSONValue {
    /// As C and MongoDB's options see it: false, null, undefined and zero are false.
    package var isTruthy: Bool {
        switch self {
        case .bool(let flag): flag
        case .null, .undefined: false
        default: Number(self).map { !$0.isZero } ?? true
        }
    }
}

extension Optional where Wrapped == BSONValue {
    var isTruthy: Bool { self?.isTruthy ?? false }
}
