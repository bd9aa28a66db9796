import BSON

/// Operators that define variables for an expression within them.
extension ExpressionOperator {
    static let bindings: [ExpressionOperator] = [
        .init("$let", parse: parseLet),
        loop("$map", body: "in", codes: (16878, 16879, 16880, 16882, 16883)) { _, result in result ?? .null },
        loop("$filter", body: "cond", codes: (28646, 28647, 28648, 28650, 28651)) { element, result in
            result.isTruthy ? element : .none
        },
        .init("$reduce") { argument, parser in
            let named = try NamedArguments(
                argument, of: "$reduce", ["input", "initialValue", "in"], codes: (40075, 40076))
            let input = try named.require("input", missing: 40077, parser)
            let initial = try named.require("initialValue", missing: 40078, parser)
            let body = try named.require("in", missing: 40079, parser.defining(["this", "value"]))
            return ComputedExpression { variables in
                guard let elements = try input.elements(variables, of: "$reduce", else: 40080) else { return .null }
                var result = try initial.evaluate(variables)
                var inner = variables
                for element in elements {
                    inner.set("this", element)
                    inner.set("value", result)
                    result = try body.evaluate(inner)
                }
                return result
            }
        },
    ]

    /// Asks something of each element of an array, by the name `this` or another, and makes an array of the answers.
    private static func loop(
        _ name: String, body: String,
        codes: (notObject: Int32, unknown: Int32, noInput: Int32, noBody: Int32, notArray: Int32),
        _ collect: @escaping @Sendable (_ element: BSONValue, _ result: BSONValue?) -> BSONValue?
    ) -> ExpressionOperator {
        .init(name) { argument, parser in
            let named = try NamedArguments(
                argument, of: name, ["input", "as", body], codes: (codes.notObject, codes.unknown))
            let input = try named.require("input", missing: codes.noInput, parser)
            let variable = try named.optional("as", \.textual, else: ErrorCode.failedToParse.rawValue) ?? "this"
            try ExpressionParser.checkVariableName(variable)
            let body = try named.require(body, missing: codes.noBody, parser.defining([variable]))
            return ComputedExpression { variables in
                guard let elements = try input.elements(variables, of: name, else: codes.notArray) else { return .null }
                var inner = variables
                var results: [BSONValue] = []
                results.reserveCapacity(elements.count)
                for element in elements {
                    inner.set(variable, element)
                    if let kept = collect(element, try body.evaluate(inner)) { results.append(kept) }
                }
                return .array(results)
            }
        }
    }

    private static func parseLet(_ argument: BSONValue, _ parser: ExpressionParser) throws -> any Expression {
        let named = try NamedArguments(argument, of: "$let", ["vars", "in"], codes: (16874, 16875))
        let definitions = try named.require("vars", \.documentValue, missing: 16876, else: 10065)
        _ = try named.require("in", missing: 16877)
        var bindings: [(name: String, value: any Expression)] = []
        for (variable, value) in definitions.elements {
            try ExpressionParser.checkVariableName(variable)
            bindings.append((variable, try parser.parse(value)))
        }
        let body = try named.require("in", missing: 16877, parser.defining(bindings.map(\.name)))
        return ComputedExpression { [bindings] variables in
            var inner = variables
            for (name, value) in bindings { inner.set(name, try value.evaluate(variables)) }
            return try body.evaluate(inner)
        }
    }
}

extension Expression {
    /// The elements of an operator's input; nil for null and missing.
    fileprivate func elements(
        _ variables: Variables, of name: String, else code: Int32
    ) throws(CommandError) -> [BSONValue]? {
        let value = try evaluate(variables)
        return value.isNullish ? nil : try Arguments(name: name, values: [value]).array(else: code)
    }
}
