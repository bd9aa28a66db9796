import BSON

/// `$and $or $nor`.
enum LogicalOperator: TopOperator {
    static let names = ["$and", "$or", "$nor"]

    static func parse(
        _ argument: BSONValue, named name: String, isTop: Bool, parser: QueryParser
    ) throws(CommandError) -> (any Condition)? {
        guard case .array(let elements) = argument else { throw CommandError(.badValue, "\(name) must be an array") }
        guard !elements.isEmpty else {
            throw CommandError(.badValue, "$and/$or/$nor must be a nonempty array")
        }
        var parts: [any Condition] = []
        var parser = parser
        if name != "$and" { parser.context.allowsText = false }
        for element in elements {
            guard case .document(let query) = element else {
                throw CommandError(.badValue, "$or/$and/$nor entries need to be full objects")
            }
            parts.append(try parser.parse(query, isTop: false))
        }
        switch name {
        case "$and": return Conjunction.of(parts)
        case "$or": return Disjunction(parts: parts)
        default: return Negation(parts: parts)
        }
    }
}

/// `$expr`.
enum ExprOperator: TopOperator {
    static let names = ["$expr"]

    static func parse(
        _ argument: BSONValue, named name: String, isTop: Bool, parser: QueryParser
    ) throws(CommandError) -> (any Condition)? {
        guard parser.context.allowsExpressions else {
            throw CommandError(.badValue, "$expr can only be applied to the top-level document")
        }
        let scope = ExpressionScope(variables: parser.context.variables.names)
        let expression = try ExpressionParser(scope: scope).parse(argument)
        return ExpressionCondition(expression: expression, variables: parser.context.variables)
    }
}

/// `$jsonSchema`.
enum JSONSchemaOperator: TopOperator {
    static let names = ["$jsonSchema"]

    struct SchemaCondition: Condition {
        var schema: JSONSchemaValidator

        func matches(_ document: BSONDocument, _ position: inout Int?) throws(CommandError) -> Bool {
            try schema.accepts(document)
        }
        var matchOrder: MatchOrder { MatchOrder(rank: 41) }
    }

    static func parse(
        _ argument: BSONValue, named name: String, isTop: Bool, parser: QueryParser
    ) throws(CommandError) -> (any Condition)? {
        guard case .document(let schema) = argument else {
            throw CommandError(.typeMismatch, "$jsonSchema must be an object")
        }
        return SchemaCondition(schema: try JSONSchemaValidator(schema))
    }
}

/// `$comment` says nothing.
enum TopCommentOperator: TopOperator {
    static let names = ["$comment"]

    static func parse(
        _ argument: BSONValue, named name: String, isTop: Bool, parser: QueryParser
    ) -> (any Condition)? { nil }
}

/// `$where` needs a JavaScript engine: refused as MongoDB refuses it where scripting is switched off.
enum WhereOperator: TopOperator {
    static let names = ["$where"]

    static func parse(
        _ argument: BSONValue, named name: String, isTop: Bool, parser: QueryParser
    ) throws(CommandError) -> (any Condition)? {
        switch argument {
        case .string, .javascript, .javascriptWithScope:
            throw CommandError(.badValue, "$where is not implemented: docstore has no JavaScript engine")
        default: throw CommandError(.badValue, "$where got bad type")
        }
    }
}

/// `$alwaysTrue` and `$alwaysFalse`, each with the argument 1.
enum AlwaysOperator: TopOperator {
    static let names = ["$alwaysTrue", "$alwaysFalse"]

    static func parse(
        _ argument: BSONValue, named name: String, isTop: Bool, parser: QueryParser
    ) throws(CommandError) -> (any Condition)? {
        guard let number = Number(argument), number.exactInt64 == 1 else {
            throw CommandError(.failedToParse, "\(name) must be an integer value of 1")
        }
        return Constant(value: name == "$alwaysTrue")
    }
}
