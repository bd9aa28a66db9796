import BSON

/// Every query operator that docstore knows, in two tables from its name to what makes a condition of it; an operator
/// that asks nothing by itself makes none.
enum QueryOperators {
    typealias Operator = @Sendable (OperatorClause) throws -> (any Condition)?

    static let top: [String: Operator] = [
        "$and": logical(.and),
        "$or": logical(.or),
        "$nor": logical(.nor),
        "$expr": expression,
        "$text": text,
        "$jsonSchema": schema,
        "$comment": { _ in nil },
    ]

    static let field: [String: Operator] = [
        "$eq": comparison(.equal, allowsRegex: true),
        "$gt": comparison(.greater),
        "$gte": comparison(.greaterOrEqual),
        "$lt": comparison(.less),
        "$lte": comparison(.lessOrEqual),
        "$ne": not(comparison(.equal)),
        "$in": membership,
        "$nin": not(membership),
        "$not": negation,
        "$exists": exists,
        "$type": type,
        "$size": size,
        "$all": all,
        "$elemMatch": elementMatch,
        "$mod": modulo,
        "$bitsAllSet": bits(14) { positions, isSet in positions.allSatisfy(isSet) },
        "$bitsAllClear": bits(15) { positions, isSet in !positions.contains(where: isSet) },
        "$bitsAnySet": bits(16) { positions, isSet in positions.contains(where: isSet) },
        "$bitsAnyClear": bits(17) { positions, isSet in !positions.allSatisfy(isSet) },
        "$regex": regex,
        "$options": { clause in
            try require(clause.siblings.contains("$regex"), .badValue, "$options needs a $regex")
            return nil
        },
        "$comment": { _ in nil },
    ]

    static func logical(_ operation: LogicalCondition.Operation) -> Operator {
        { clause in
            let queries = try clause.array()
            try require(!queries.isEmpty, .badValue, "\(clause.name) must be a nonempty array")
            var parser = clause.parser
            if operation != .and { parser.allowsText = false }
            let parts = try queries.map { [parser] query in
                try parser.parse(query.documentValue.orThrow(.badValue("\(clause.name) takes full objects")))
            }
            // An alternative without another is no alternative.
            let isConjunction = operation == .and || operation == .or && parts.count == 1
            return isConjunction ? LogicalCondition.all(parts) : LogicalCondition(operation: operation, parts: parts)
        }
    }

    static func expression(_ clause: OperatorClause) throws -> (any Condition)? {
        try require(clause.parser.allowsExpressions, .badValue, "$expr can only be applied to the top-level document")
        let variables = clause.parser.variables
        let expression = try variables.parser.parse(clause.argument)
        return DocumentCondition(rank: 39) { document in
            try expression.evaluate(variables.binding(root: document)).isTruthy
        }
    }

    static func schema(_ clause: OperatorClause) throws -> (any Condition)? {
        try JSONSchemaValidator(clause.argument.documentValue.orThrow(.typeMismatch("$jsonSchema takes an object")))
    }

    static func text(_ clause: OperatorClause) throws -> (any Condition)? {
        let document = try clause.argument.documentValue.orThrow(.badValue("$text expects an object"))
        try require(clause.parser.allowsText, .badValue, "$text is not implemented in this place of a query")
        return DocumentCondition(rank: 42, textQuery: try TextQuery(document)) { _ in true }
    }
}

/// A `$text` search: what to look for. Where to look is the business of the text index.
struct TextQuery: Sendable {
    let search: String

    /// The options that would change what is found are refused, unless they ask for what is done anyway.
    init(_ document: BSONDocument) throws {
        let types: [String: BSONType] = [
            "$search": .string, "$language": .string, "$caseSensitive": .bool, "$diacriticSensitive": .bool,
        ]
        for (key, value) in document.elements {
            let type = try types[key].orThrow(.badValue("extra fields in $text: \(key)"))
            try require(value.type == type, .typeMismatch, "\(key) had the wrong type: \(value.typeName)")
            let language = key == "$language" ? value.stringValue?.lowercased() : nil
            let isDone = value != true && ["english", "en", nil].contains(language)
            try require(isDone, .badValue, "\(key): \(value) in $text is not implemented")
        }
        search = try document.string("$search").orThrow(CommandError(.noSuchKey, "$text lacks its $search"))
    }
}
