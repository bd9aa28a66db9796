import BSON

extension QueryOperators {
    static func logical(_ operation: LogicalCondition.Operation) -> Operator {
        { (clause) throws(CommandError) in
            guard case .array(let elements) = clause.argument else {
                throw .badValue("\(clause.name) must be an array")
            }
            guard !elements.isEmpty else { throw .badValue("$and/$or/$nor must be a nonempty array") }
            var parser = clause.parser
            if operation != .and { parser.context.allowsText = false }
            var parts: [any Condition] = []
            for element in elements {
                guard case .document(let query) = element else {
                    throw .badValue("$or/$and/$nor entries need to be full objects")
                }
                parts.append(try parser.parse(query))
            }
            return operation == .and ? LogicalCondition.all(parts) : LogicalCondition(operation, parts)
        }
    }

    static func expression(_ clause: OperatorClause) throws(CommandError) -> (any Condition)? {
        let context = clause.parser.context
        guard context.allowsExpressions else { throw .badValue("$expr can only be applied to the top-level document") }
        let expression = try context.variables.parser.parse(clause.argument)
        return ExpressionCondition(expression: expression, variables: context.variables)
    }

    static func schema(_ clause: OperatorClause) throws(CommandError) -> (any Condition)? {
        guard case .document(let schema) = clause.argument else { throw .typeMismatch("$jsonSchema must be an object") }
        return SchemaCondition(schema: try JSONSchemaValidator(schema))
    }

    static func text(_ clause: OperatorClause) throws(CommandError) -> (any Condition)? {
        guard case .document(let document) = clause.argument else { throw .badValue("$text expects an object") }
        guard clause.parser.context.allowsText else {
            throw .badValue("$text is not implemented in this place of a query")
        }
        return TextCondition(query: try TextQuery(document))
    }
}

/// `$all: []`, which nothing matches.
struct Never: Condition {
    func matches(_ document: BSONDocument, _ position: inout Int?) -> Bool { false }
    var matchOrder: (rank: Int, path: String) { (40, "") }
}

/// `$expr`: an aggregation expression that is true of the document.
struct ExpressionCondition: Condition {
    let expression: any Expression
    let variables: Variables

    func matches(_ document: BSONDocument, _ position: inout Int?) throws(CommandError) -> Bool {
        try expression.evaluate(variables.binding(root: document)).isTruthy
    }

    var matchOrder: (rank: Int, path: String) { (39, "") }
}

/// `$jsonSchema`.
struct SchemaCondition: Condition {
    let schema: JSONSchemaValidator

    func matches(_ document: BSONDocument, _ position: inout Int?) throws(CommandError) -> Bool {
        try schema.accepts(document)
    }

    var matchOrder: (rank: Int, path: String) { (41, "") }

    func explanation(for document: BSONDocument) throws(CommandError) -> BSONDocument? {
        try schema.explanation(for: document)
    }
}
