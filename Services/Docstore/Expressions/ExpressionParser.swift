import BSON

/// Turns BSON into expressions. Operators are found by name in a registry.
struct ExpressionParser: Sendable {
    /// The variables that are defined here, beside those that always are.
    var variables: Set<String> = []
    /// Whether there is a document to read.
    var readsFields = true

    private static let predefined: Set<String> = ["ROOT", "CURRENT", "NOW", "REMOVE"]

    /// The parser of an expression that may use some variables more.
    func defining(_ names: [String]) -> ExpressionParser {
        ExpressionParser(variables: variables.union(names), readsFields: readsFields)
    }

    /// The definitions of a `let`.
    func bindings(_ definitions: BSONDocument) throws(CommandError) -> [Expression.Binding] {
        var bindings: [Expression.Binding] = []
        for (name, value) in definitions.elements {
            try Self.checkVariableName(name)
            bindings.append((name, try parse(value)))
        }
        return bindings
    }

    func parse(_ value: BSONValue) throws(CommandError) -> Expression {
        switch value {
        case .string(let text) where text.hasPrefix("$$"): try variable(text.dropFirst(2))
        case .string(let text) where text.hasPrefix("$"): try field(try FieldPath.parts(text.dropFirst()))
        case .document(let document): try object(document)
        case .array(let values): try .array(values.map(parse))
        default: .constant(value)
        }
    }

    /// Arguments by place; one may stand without its array.
    func list(_ argument: BSONValue, _ arity: ClosedRange<Int>, of name: String) throws(CommandError) -> [Expression] {
        let values = argument.arrayValue ?? [argument]
        try require(
            arity.contains(values.count), code: arity.lowerBound == arity.upperBound ? 16020 : 28667,
            "Expression \(name) takes \(arity) arguments. \(values.count) were passed in.")
        return try values.map(parse)
    }

    private func field(_ path: [String]) throws(CommandError) -> Expression {
        try requireDocument()
        return .field(path)
    }

    private func requireDocument() throws(CommandError) {
        try require(readsFields, code: 4_890_500, "an expression of 'let' has no document whose fields it could read")
    }

    private func variable(_ text: Substring) throws(CommandError) -> Expression {
        let name = String(text.prefix { $0 != "." })
        try require(!name.isEmpty, .failedToParse, "empty variable names are not allowed")
        let isDefined = variables.contains(name) || Self.predefined.contains(name)
        try require(isDefined, code: 17276, "Use of undefined variable: \(name)")
        let path = text.count > name.count ? try FieldPath.parts(text.dropFirst(name.count + 1)) : []
        if name == "REMOVE", path.isEmpty { return .constant(nil) }
        if name == "ROOT" || name == "CURRENT" && !variables.contains(name) { try requireDocument() }
        return name == "ROOT" && !path.isEmpty ? .field(path) : .variable(name, path)
    }

    private func object(_ document: BSONDocument) throws(CommandError) -> Expression {
        guard let (name, argument) = document.first, name.hasPrefix("$") else { return try fields(document) }
        guard document.count == 1 else { throw Self.severalFields(document) }
        let operation = try ExpressionOperator.all[name].orThrow(
            CommandError(.invalidPipelineOperator, "Unrecognized expression '\(name)'"))
        return try CommandError.only { try operation.parse(argument, self) }
    }

    static func severalFields(_ document: BSONDocument) -> CommandError {
        CommandError(code: 15983, "an object representing an expression must have exactly one field: \(document)")
    }

    private func fields(_ document: BSONDocument) throws(CommandError) -> Expression {
        var fields: [(key: String, value: Expression)] = []
        for (key, value) in document.elements {
            try FieldPath.check(name: key)
            try require(!key.contains("."), code: 16412, "FieldPath field names may not contain '.'.")
            let isNew = !fields.contains { $0.key == key }
            try require(isNew, code: 16406, "duplicate field name specified in object literal: \(document)")
            fields.append((key, try parse(value)))
        }
        return try .object(fields)
    }

    /// A name that a user may define starts with a small letter, or is CURRENT.
    static func checkVariableName(_ name: String) throws(CommandError) {
        let first = name.utf8.first ?? 0
        try require(
            (first.isASCIILower || first >= 0x80 || name == "CURRENT")
                && name.utf8.allSatisfy { $0.isDigit || ($0 | 0x20).isASCIILower || $0 == 0x5f || $0 >= 0x80 },
            .failedToParse, "'\(name)' is not a valid name for a user variable")
    }
}
