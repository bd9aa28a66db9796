import BSON

/// An aggregation expression, ready to be evaluated for any document. Missing values are nil.
protocol Expression: Sendable {
    func evaluate(_ variables: Variables) throws(CommandError) -> BSONValue?
    /// The value, when it is the same for every document.
    var constant: BSONValue?? { get }
}

extension Expression {
    var constant: BSONValue?? { nil }
}

struct LiteralExpression: Expression {
    var value: BSONValue?

    func evaluate(_ variables: Variables) -> BSONValue? { value }
    var constant: BSONValue?? { .some(value) }
}

/// `$a.b`: fields by name, through the documents of arrays.
struct FieldExpression: Expression {
    var parts: [String]

    func evaluate(_ variables: Variables) -> BSONValue? {
        Self.read(parts[...], in: variables.root)
    }

    static func read(_ parts: ArraySlice<String>, in document: BSONDocument) -> BSONValue? {
        guard let first = parts.first, let value = document[first] else { return nil }
        let rest = parts.dropFirst()
        return rest.isEmpty ? value : read(rest, in: value)
    }

    static func read(_ parts: ArraySlice<String>, in value: BSONValue) -> BSONValue? {
        guard !parts.isEmpty else { return value }
        switch value {
        case .document(let inner): return read(parts, in: inner)
        case .array(let elements):
            return .array(
                elements.compactMap { element in
                    guard case .document(let inner) = element else { return nil }
                    return read(parts, in: inner)
                })
        default: return nil
        }
    }
}

/// `$$name.a.b`.
struct VariableExpression: Expression {
    var name: String
    var parts: [String]

    func evaluate(_ variables: Variables) -> BSONValue? {
        guard let value = variables.value(of: name) else { return nil }
        return FieldExpression.read(parts[...], in: value)
    }
}

/// `{x: …, y: …}`: missing fields are left out.
struct ObjectExpression: Expression {
    var fields: [(key: String, value: any Expression)]

    func evaluate(_ variables: Variables) throws(CommandError) -> BSONValue? {
        var document = BSONDocument()
        for (key, expression) in fields {
            document.append(key, ifPresent: try expression.evaluate(variables))
        }
        return .document(document)
    }

    var constant: BSONValue?? {
        var document = BSONDocument()
        for (key, expression) in fields {
            guard case .some(let value) = expression.constant else { return nil }
            document.append(key, ifPresent: value)
        }
        return .some(.document(document))
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

    var constant: BSONValue?? {
        var values: [BSONValue] = []
        for element in elements {
            guard case .some(let value) = element.constant else { return nil }
            values.append(value ?? .null)
        }
        return .some(.array(values))
    }
}
