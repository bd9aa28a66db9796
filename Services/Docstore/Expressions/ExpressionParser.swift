import BSON

struct ExpressionParser: Sendable {
    var variables: Set<String> = []
    var readsFields = true

    private static let predefined: Set<String> = ["ROOT", "CURRENT", "NOW", "REMOVE"]

    func defining(_ names: [String]) -> ExpressionParser {
        ExpressionParser(variables: variables.union(names), readsFields: readsFields)
    }

    func bindings(_ definitions: BSONDocument) throws -> [Expression.Binding] {
        try definitions.map { name, value in
            try Self.checkVariableName(name)
            return (name, try parse(value))
        }
    }

    func parse(_ value: BSONValue) throws -> Expression {
        switch value {
        case .string(let text) where text.hasPrefix("$$"): return try variable(text.dropFirst(2))
        case .string(let text) where text.hasPrefix("$"):
            try requireDocument()
            return .field(try FieldPath.parts(text.dropFirst()))
        case .document(let document): return try object(document)
        case .array(let values): return try .array(values.map(parse))
        default: return .constant(value)
        }
    }

    /// Arguments by place; one may stand without its array.
    func list(_ argument: BSONValue, _ arity: ClosedRange<Int>, of name: String) throws -> [Expression] {
        let values = argument.arrayValue ?? [argument]
        let code: Int32 = arity.lowerBound == arity.upperBound ? 16020 : 28667
        try require(arity.contains(values.count), code: code, "\(name) takes \(arity) arguments, not \(values.count)")
        return try values.map(parse)
    }

    private func requireDocument() throws {
        try require(readsFields, code: 4_890_500, "an expression of 'let' has no document whose fields it could read")
    }

    private func variable(_ text: Substring) throws -> Expression {
        let name = String(text.prefix { $0 != "." })
        try require(!name.isEmpty, .failedToParse, "empty variable names are not allowed")
        let isDefined = variables.contains(name) || Self.predefined.contains(name)
        try require(isDefined, code: 17276, "Use of undefined variable: \(name)")
        let path = text.count > name.count ? try FieldPath.parts(text.dropFirst(name.count + 1)) : []
        if name == "REMOVE", path.isEmpty { return .constant(nil) }
        if name == "ROOT" || name == "CURRENT" && !variables.contains(name) { try requireDocument() }
        return name == "ROOT" && !path.isEmpty ? .field(path) : .variable(name, path)
    }

    private func object(_ document: BSONDocument) throws -> Expression {
        guard let (name, argument) = document.first, name.hasPrefix("$") else { return try fields(document) }
        guard document.count == 1 else { throw Self.severalFields(document) }
        let unknown = CommandError(.invalidPipelineOperator, "Unrecognized expression '\(name)'")
        return try ExpressionOperator.all[name].orThrow(unknown).parse(argument, self)
    }

    static func severalFields(_ document: BSONDocument) -> CommandError {
        CommandError(code: 15983, "an object representing an expression must have exactly one field: \(document)")
    }

    private func fields(_ document: BSONDocument) throws -> Expression {
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
    static func checkVariableName(_ name: String) throws {
        let first = name.utf8.first ?? 0
        let isWord = name.utf8.allSatisfy { $0.isDigit || ($0 | 0x20).isASCIILower || $0 == 0x5f || $0 >= 0x80 }
        let isAllowed = isWord && (first.isASCIILower || first >= 0x80 || name == "CURRENT")
        try require(isAllowed, .failedToParse, "'\(name)' is not a valid name for a user variable")
    }
}
