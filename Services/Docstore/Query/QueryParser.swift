import BSON

/// Turns a query document into conditions. Each operator is a type of its own, found by name in a registry.
struct QueryParser {
    var context: QueryContext

    /// - Parameter isTop: false inside `$and`, `$elemMatch` and the like.
    func parse(_ query: BSONDocument, isTop: Bool) throws(CommandError) -> any Condition {
        var parts: [any Condition] = []
        for (key, value) in query.elements {
            if key.hasPrefix("$") {
                guard let form = QueryOperators.top[key] else {
                    throw CommandError(.badValue, "unknown top level operator: \(key)")
                }
                if let part = try form.parse(value, named: key, isTop: isTop, parser: self) { parts.append(part) }
            } else {
                parts += try conditions(on: key, value)
            }
        }
        return Conjunction.of(parts)
    }

    /// The conditions that `{path: value}` stands for.
    func conditions(on path: String, _ value: BSONValue) throws(CommandError) -> [any Condition] {
        switch value {
        case .document(let document) where document.isOperators:
            return try operators(document, on: FieldPath(path))
        case .regex(let pattern, let options):
            let test = RegexTest(regex: try Regex(pattern: pattern, options: options))
            return [PathCondition(path: FieldPath(path), test: test)]
        case .undefined:
            throw CommandError(.badValue, "cannot compare to undefined")
        default:
            return [PathCondition(path: FieldPath(path), test: Comparison(relation: .equal, value: value))]
        }
    }

    /// The conditions of `{$gt: 1, $lt: 5}`.
    func operators(_ document: BSONDocument, on path: FieldPath) throws(CommandError) -> [any Condition] {
        var parts: [any Condition] = []
        for (name, argument) in document.elements {
            guard let form = QueryOperators.field[name] else {
                throw CommandError(.badValue, "unknown operator: \(name)")
            }
            let clause = OperatorClause(name: name, argument: argument, siblings: document, path: path, parser: self)
            if let part = try form.parse(clause) { parts.append(part) }
        }
        return parts
    }
}

extension BSONDocument {
    /// Whether a query reads this as operators and not as a value: its first key has a dollar and is none of a DBRef.
    var isOperators: Bool {
        guard let first = elements.first?.key, first.utf8.first == UInt8(ascii: "$") else { return false }
        return first != "$id" && first != "$ref" && first != "$db"
    }
}

/// One operator of a field's document, as its type sees it when it is parsed.
struct OperatorClause {
    var name: String
    var argument: BSONValue
    /// The whole document, for operators that belong together (`$regex` and `$options`).
    var siblings: BSONDocument
    var path: FieldPath
    var parser: QueryParser

    func condition(_ test: any ValueTest) -> any Condition {
        PathCondition(path: path, test: test)
    }

    func array() throws(CommandError) -> [BSONValue] {
        guard case .array(let elements) = argument else { throw CommandError(.badValue, "\(name) needs an array") }
        return elements
    }
}

/// An operator inside of a field's document: `{a: {$gt: 1}}`.
protocol FieldOperator: Sendable {
    static var names: [String] { get }
    /// - Returns: nil when the operator asks nothing by itself.
    static func parse(_ clause: OperatorClause) throws(CommandError) -> (any Condition)?
}

/// An operator in the place of a field name: `{$or: […]}`.
protocol TopOperator: Sendable {
    static var names: [String] { get }
    static func parse(
        _ argument: BSONValue, named name: String, isTop: Bool, parser: QueryParser
    ) throws(CommandError) -> (any Condition)?
}

/// Every query operator that docstore knows.
enum QueryOperators {
    static let field: [String: any FieldOperator.Type] = index([
        ComparisonOperator.self, NotEqualOperator.self, InOperator.self, NotInOperator.self, NotOperator.self,
        ExistsOperator.self, TypeOperator.self, SizeOperator.self, AllOperator.self, ElemMatchOperator.self,
        ModOperator.self, BitsOperator.self, RegexOperator.self, OptionsOperator.self, CommentOperator.self,
    ])

    static let top: [String: any TopOperator.Type] = {
        let all: [any TopOperator.Type] = [
            LogicalOperator.self, ExprOperator.self, TextOperator.self, JSONSchemaOperator.self,
            TopCommentOperator.self, WhereOperator.self, AlwaysOperator.self,
        ]
        var table: [String: any TopOperator.Type] = [:]
        for form in all { for name in form.names { table[name] = form } }
        return table
    }()

    private static func index(_ all: [any FieldOperator.Type]) -> [String: any FieldOperator.Type] {
        var table: [String: any FieldOperator.Type] = [:]
        for form in all { for name in form.names { table[name] = form } }
        return table
    }
}
