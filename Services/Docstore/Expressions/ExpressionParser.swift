import BSON

/// Turns BSON into expressions. Operators are found by name in a registry.
struct ExpressionParser {
    /// The variables that are defined here, beside those that always are.
    var variables: Set<String> = []

    private static let predefined: Set<String> = ["ROOT", "CURRENT", "NOW", "REMOVE"]

    /// The parser of an expression that may use some variables more.
    func defining(_ names: some Sequence<String>) -> ExpressionParser {
        ExpressionParser(variables: variables.union(names))
    }

    func parse(_ value: BSONValue) throws(CommandError) -> any Expression {
        switch value {
        case .string(let text) where text.hasPrefix("$$"): return try variable(text.dropFirst(2))
        case .string(let text) where text.hasPrefix("$"):
            return FieldExpression(parts: try Self.fieldParts(text.dropFirst()))
        case .document(let document): return try object(document)
        case .array(let values):
            let elements = try parse(values)
            return try ArrayExpression(elements: elements).folded(if: elements)
        default: return LiteralExpression(value: value)
        }
    }

    func parse(_ values: [BSONValue]) throws(CommandError) -> [any Expression] {
        var expressions: [any Expression] = []
        for value in values { expressions.append(try parse(value)) }
        return expressions
    }

    /// Arguments by place; one may stand without its array.
    func list(
        _ argument: BSONValue, _ arity: ClosedRange<Int>, of name: String
    ) throws(CommandError) -> [any Expression] {
        let values = argument.arrayValue ?? [argument]
        guard arity.contains(values.count) else {
            let wanted = arity.count == 1 ? "exactly \(arity.lowerBound)" : "\(arity.lowerBound) to \(arity.upperBound)"
            throw CommandError(
                code: arity.count == 1 ? 16020 : 28667,
                "Expression \(name) takes \(wanted) arguments. \(values.count) were passed in.")
        }
        return try parse(values)
    }

    private func variable(_ text: Substring) throws(CommandError) -> any Expression {
        let name = String(text.prefix { $0 != "." })
        guard !name.isEmpty else { throw CommandError(.failedToParse, "empty variable names are not allowed") }
        guard variables.contains(name) || Self.predefined.contains(name) else {
            throw CommandError(code: 17276, "Use of undefined variable: \(name)")
        }
        let parts = text.count > name.count ? try Self.fieldParts(text.dropFirst(name.count + 1)) : []
        if name == "REMOVE", parts.isEmpty { return LiteralExpression(value: nil) }
        if name == "ROOT", !parts.isEmpty { return FieldExpression(parts: parts) }
        return VariableExpression(name: name, parts: parts)
    }

    private func object(_ document: BSONDocument) throws(CommandError) -> any Expression {
        guard let (name, argument) = document.first, name.hasPrefix("$") else { return try fields(document) }
        guard document.count == 1 else { throw Self.severalFields(document) }
        guard let operation = ExpressionOperator.all[name] else {
            throw CommandError(.invalidPipelineOperator, "Unrecognized expression '\(name)'")
        }
        return try CommandError.only { try operation.parse(argument, self) }
    }

    static func severalFields(_ document: BSONDocument) -> CommandError {
        CommandError(code: 15983, "an object representing an expression must have exactly one field: \(document)")
    }

    private func fields(_ document: BSONDocument) throws(CommandError) -> any Expression {
        var fields: [(key: String, value: any Expression)] = []
        for (key, value) in document.elements {
            try Self.checkFieldName(key)
            if key.contains(".") { throw CommandError(code: 16412, "FieldPath field names may not contain '.'.") }
            guard !fields.contains(where: { $0.key == key }) else {
                throw CommandError(code: 16406, "duplicate field name specified in object literal: \(document)")
            }
            fields.append((key, try parse(value)))
        }
        return try ObjectExpression(fields: fields).folded(if: fields.map(\.value))
    }

    /// The parts of a field path, checked as MongoDB does.
    static func fieldParts(_ text: some StringProtocol) throws(CommandError) -> [String] {
        guard !text.isEmpty else { throw CommandError(code: 16872, "'$' by itself is not a valid FieldPath") }
        guard !text.hasSuffix(".") else { throw CommandError(code: 40353, "FieldPath must not end with a '.'.") }
        let parts = FieldPath.split(String(text))
        for part in parts { try checkFieldName(part) }
        guard parts.count <= 200 else { throw CommandError(.overflow, "FieldPath is too long") }
        return parts
    }

    private static func checkFieldName(_ name: String) throws(CommandError) {
        if name.isEmpty { throw CommandError(code: 15998, "FieldPath field names may not be empty strings.") }
        if name.hasPrefix("$") { throw CommandError(code: 16410, "FieldPath field names may not start with '$'.") }
        if name.utf8.contains(0) { throw CommandError(code: 16411, "FieldPath field names may not contain '\\0'.") }
    }

    /// A name that a user may define starts with a small letter, or is CURRENT.
    static func checkVariableName(_ name: String) throws(CommandError) {
        guard let first = name.utf8.first else {
            throw CommandError(.failedToParse, "empty variable names are not allowed")
        }
        guard first.isASCIILower || first >= 0x80 || name == "CURRENT",
            name.utf8.allSatisfy({ $0.isDigit || ($0 | 0x20).isASCIILower || $0 == UInt8(ascii: "_") || $0 >= 0x80 })
        else { throw CommandError(.failedToParse, "'\(name)' is not a valid name for a user variable") }
    }
}
