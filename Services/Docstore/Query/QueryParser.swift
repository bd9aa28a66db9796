import BSON

struct QueryParser: Sendable {
    var variables = Variables()
    var allowsText = true
    var allowsExpressions = true

    /// Inside of `$elemMatch` and of what selects elements of arrays, neither `$text` nor `$expr` may stand.
    static let ofElements = QueryParser(allowsText: false, allowsExpressions: false)

    func parse(_ query: BSONDocument) throws -> any Condition {
        var parts: [any Condition] = []
        for (key, value) in query.elements {
            if key.utf8.first == UInt8(ascii: "$") {
                let form = try QueryOperators.top[key].orThrow(.badValue("unknown top level operator: \(key)"))
                let clause = OperatorClause(
                    name: key, argument: value, siblings: query, path: FieldPath(parts: []), parser: self)
                if let part = try form(clause) { parts.append(part) }
            } else {
                parts += try conditions(on: FieldPath(key), value)
            }
        }
        return LogicalCondition.all(parts)
    }

    func conditions(on path: FieldPath, _ value: BSONValue) throws -> [any Condition] {
        let test: ValueTest
        switch value {
        case .document(let document) where document.isOperators: return try operators(document, on: path)
        case .regex(let pattern, let options): test = try Regex(pattern: pattern, options: options).test
        case .undefined: throw CommandError.badValue("cannot compare to undefined")
        default: test = Relation.equal.test(value)
        }
        return [PathCondition(path: path, test: test, name: nil, argument: value)]
    }

    func operators(_ document: BSONDocument, on path: FieldPath) throws -> [any Condition] {
        var parts: [any Condition] = []
        for (name, argument) in document.elements {
            let form = try QueryOperators.field[name].orThrow(.badValue("unknown operator: \(name)"))
            let clause = OperatorClause(name: name, argument: argument, siblings: document, path: path, parser: self)
            if let part = try form(clause) { parts.append(part) }
        }
        return parts
    }
}

struct OperatorClause: Sendable {
    var name: String
    var argument: BSONValue
    /// The document around it, for operators that belong together (`$regex` and `$options`).
    var siblings: BSONDocument
    /// Empty for operators that stand in the place of a field.
    var path: FieldPath
    var parser: QueryParser

    func condition(_ test: ValueTest) -> any Condition {
        PathCondition(path: path, test: test, name: name, argument: argument)
    }

    func condition(
        _ rank: Int, wholeArrays: Bool = false, _ refusal: String, _ rule: @escaping ValueTest.Rule
    ) -> any Condition {
        condition(ValueTest(rank: rank, wholeArrays: wholeArrays, refusal: refusal, passes: rule))
    }

    func array() throws -> [BSONValue] { try argument.arrayValue.orThrow(.badValue("\(name) needs an array")) }

    /// A number that counts: whole, not negative, of 32 bits.
    static func count(_ value: BSONValue, _ failure: String) throws -> Int {
        let count = value.number?.exactInt32 ?? -1
        try require(count >= 0, .badValue, "\(failure). Expected a whole number of at least 0 in: \(value)")
        return Int(count)
    }
}
