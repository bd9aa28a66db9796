import BSON

/// Turns BSON into expressions. Operators are found by name in a registry.
struct ExpressionParser {
    var scope = ExpressionScope()

    func parse(_ value: BSONValue) throws(CommandError) -> any Expression {
        switch value {
        case .string(let text) where text.hasPrefix("$"): try path(text)
        case .document(let document): try object(document)
        case .array(let elements): ArrayExpression(elements: try parse(elements))
        default: LiteralExpression(value: value)
        }
    }

    func parse(_ values: [BSONValue]) throws(CommandError) -> [any Expression] {
        var expressions: [any Expression] = []
        for value in values { expressions.append(try parse(value)) }
        return expressions
    }

    func path(_ text: String) throws(CommandError) -> any Expression {
        guard text.hasPrefix("$$") else {
            return FieldExpression(parts: try Self.fieldParts(text.dropFirst()))
        }
        let name = String(text.dropFirst(2).prefix { $0 != "." })
        guard !name.isEmpty else { throw CommandError(.failedToParse, "empty variable names are not allowed") }
        if !["ROOT", "CURRENT", "NOW", "REMOVE"].contains(name), !scope.variables.contains(name),
            ["CLUSTER_TIME", "JS_SCOPE", "IS_MR"].contains(name) == false
        {
            let first = name.utf8.first ?? 0
            guard (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(first) || first >= 0x80 else {
                throw CommandError(code: 17276, "Use of undefined variable: \(name)")
            }
        }
        try scope.checkDefined(name)
        let rest = text.dropFirst(2 + name.count + 1)
        if text.dropFirst(2).contains(".") {
            let parts = try Self.fieldParts(rest)
            return name == "ROOT" ? FieldExpression(parts: parts) : VariableExpression(name: name, parts: parts)
        }
        if name == "REMOVE" { return LiteralExpression(value: nil) }
        return VariableExpression(name: name, parts: [])
    }

    /// The parts of a field path, checked as MongoDB does.
    static func fieldParts(_ text: some StringProtocol) throws(CommandError) -> [String] {
        guard !text.isEmpty else {
            throw CommandError(code: 16872, "'$' by itself is not a valid FieldPath")
        }
        guard !text.hasSuffix(".") else { throw CommandError(code: 40353, "FieldPath must not end with a '.'.") }
        let parts = FieldPath.split(String(text))
        for part in parts { try checkFieldName(part) }
        guard parts.count <= 200 else { throw CommandError(.overflow, "FieldPath is too long") }
        return parts
    }

    static func checkFieldName(_ name: String) throws(CommandError) {
        if name.isEmpty { throw CommandError(code: 15998, "FieldPath field names may not be empty strings.") }
        if name.hasPrefix("$") { throw CommandError(code: 16410, "FieldPath field names may not start with '$'.") }
        if name.utf8.contains(0) {
            throw CommandError(code: 16411, "FieldPath field names may not contain '\\0'.")
        }
        if name.contains(".") { throw CommandError(code: 16412, "FieldPath field names may not contain '.'.") }
    }

    private func object(_ document: BSONDocument) throws(CommandError) -> any Expression {
        guard let first = document.first, first.key.hasPrefix("$") else { return try fields(document) }
        guard document.count == 1 else {
            throw CommandError(
                code: 15983, "an object representing an expression must have exactly one field: \(document)")
        }
        return try operation(first.key, first.value)
    }

    func operation(_ name: String, _ argument: BSONValue) throws(CommandError) -> any Expression {
        if let function = ExpressionOperators.functions[name] {
            return try FunctionExpression.parse(function, argument, parser: self)
        }
        guard let form = ExpressionOperators.forms[name] else {
            throw CommandError(.invalidPipelineOperator, "Unrecognized expression '\(name)'")
        }
        return try form.parse(argument, named: name, parser: self)
    }

    private func fields(_ document: BSONDocument) throws(CommandError) -> any Expression {
        var fields: [(key: String, value: any Expression)] = []
        for (key, value) in document.elements {
            try Self.checkFieldName(key)
            guard !fields.contains(where: { $0.key == key }) else {
                throw CommandError(code: 16406, "duplicate field name specified in object literal: \(document)")
            }
            fields.append((key, try parse(value)))
        }
        return ObjectExpression(fields: fields)
    }
}

/// An operator whose arguments are not simply all evaluated: `$cond`, `$map`.
protocol ExpressionForm: Sendable {
    static var names: [String] { get }
    static func parse(
        _ argument: BSONValue, named name: String, parser: ExpressionParser
    ) throws(CommandError) -> any Expression
}

/// Every expression operator that docstore knows.
enum ExpressionOperators {
    static let functions: [String: ExpressionFunction] = {
        let all =
            ExpressionFunction.arithmetic + ExpressionFunction.rounding + ExpressionFunction.comparison
            + ExpressionFunction.strings + ExpressionFunction.substrings + ExpressionFunction.arrays
            + ExpressionFunction.arraySlices + ExpressionFunction.sets + ExpressionFunction.objects
            + ExpressionFunction.types + ExpressionFunction.totals
        return Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0) })
    }()

    static let forms: [String: any ExpressionForm.Type] = {
        let all: [any ExpressionForm.Type] = [
            LiteralForm.self, ConditionForm.self, SwitchForm.self, AndForm.self, OrForm.self, IfNullForm.self,
            LetForm.self, MapForm.self, FilterForm.self, ReduceForm.self, ConvertForm.self, DatePartForm.self,
            DateToPartsForm.self, DateFromPartsForm.self, DateToStringForm.self, DateFromStringForm.self, TrimForm.self,
            ReplaceForm.self, RegexForm.self, ZipForm.self, FieldForm.self,
        ]
        var table: [String: any ExpressionForm.Type] = [:]
        for form in all { for name in form.names { table[name] = form } }
        return table
    }()

    static func isKnown(_ name: String) -> Bool { functions[name] != nil || forms[name] != nil }
}
