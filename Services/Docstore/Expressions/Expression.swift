import BSON

/// An aggregation expression, ready to be evaluated for any document. Missing values are nil.
protocol Expression: Sendable {
    func evaluate(_ variables: Variables) throws(CommandError) -> BSONValue?
}

extension Expression {
    /// Computes now what is the same for every document, so that its errors show at once, as in MongoDB.
    func folded(if parts: [any Expression]) throws(CommandError) -> any Expression {
        guard parts.allSatisfy({ $0 is LiteralExpression }) else { return self }
        return LiteralExpression(value: try evaluate(Variables()))
    }
}

struct LiteralExpression: Expression {
    var value: BSONValue?

    func evaluate(_ variables: Variables) -> BSONValue? { value }
}

/// What an operator makes of arguments that it evaluates as it likes: `$cond`, `$map`.
struct ComputedExpression: Expression {
    let compute: @Sendable (Variables) throws -> BSONValue?

    func evaluate(_ variables: Variables) throws(CommandError) -> BSONValue? {
        try CommandError.only { try compute(variables) }
    }
}

/// `$a.b`: fields by name, through the documents of arrays.
struct FieldExpression: Expression {
    var parts: [String]

    func evaluate(_ variables: Variables) -> BSONValue? {
        Self.read(parts[...], in: variables.root)
    }

    private static func read(_ parts: ArraySlice<String>, in document: BSONDocument) -> BSONValue? {
        guard let first = parts.first, let value = document[first] else { return nil }
        return read(parts.dropFirst(), in: value)
    }

    static func read(_ parts: ArraySlice<String>, in value: BSONValue) -> BSONValue? {
        guard !parts.isEmpty else { return value }
        switch value {
        case .document(let inner): return read(parts, in: inner)
        case .array(let elements):
            return .array(elements.compactMap { $0.documentValue.flatMap { read(parts, in: $0) } })
        default: return nil
        }
    }
}

/// `$$name.a.b`.
struct VariableExpression: Expression {
    var name: String
    var parts: [String]

    func evaluate(_ variables: Variables) -> BSONValue? {
        variables.value(of: name).flatMap { FieldExpression.read(parts[...], in: $0) }
    }
}

/// `{x: …, y: …}`: missing fields are left out.
struct ObjectExpression: Expression {
    var fields: [(key: String, value: any Expression)]

    func evaluate(_ variables: Variables) throws(CommandError) -> BSONValue? {
        var document = BSONDocument()
        for (key, expression) in fields { document.append(key, ifPresent: try expression.evaluate(variables)) }
        return .document(document)
    }
}

/// `[…, …]`: missing elements become null.
struct ArrayExpression: Expression {
    var elements: [any Expression]

    func evaluate(_ variables: Variables) throws(CommandError) -> BSONValue? {
        var values: [BSONValue] = []
        values.reserveCapacity(elements.count)
        for element in elements { values.append(try element.evaluate(variables) ?? .null) }
        return .array(values)
    }
}
