import BSON

/// `$getField`, `$setField`, `$unsetField`: for names that paths cannot spell, such as those with a dollar or a dot.
enum FieldForm: ExpressionForm {
    static let names = ["$getField", "$setField", "$unsetField"]

    struct Read: Expression {
        var field: String
        var input: any Expression

        func evaluate(_ variables: Variables) throws(CommandError) -> BSONValue? {
            let value = try input.evaluate(variables)
            switch value {
            case .document(let document)?: return document[field]
            case .null?, .undefined?: return .null
            default: return nil
            }
        }
    }

    struct Write: Expression {
        var name: String
        var field: String
        var input: any Expression
        /// Nil: the field is taken away.
        var value: (any Expression)?

        func evaluate(_ variables: Variables) throws(CommandError) -> BSONValue? {
            let target = try input.evaluate(variables)
            if target.isNullish { return .null }
            guard case .document(var document)? = target else {
                throw CommandError(code: 4_161_105, "\(name) requires 'input' to evaluate to type Object")
            }
            document[field] = try value?.evaluate(variables) ?? .none
            return .document(document)
        }
    }

    static func parse(
        _ argument: BSONValue, named name: String, parser: ExpressionParser
    ) throws(CommandError) -> any Expression {
        if name == "$getField" { return try parseRead(argument, parser) }
        guard case .document(let document) = argument else {
            throw CommandError(code: 4_161_100, "\(name) only supports an object as its argument")
        }
        let isSet = name == "$setField"
        let named = try NamedArguments(
            document, of: name, allowing: isSet ? ["field", "input", "value"] : ["field", "input"],
            unknown: 4_161_101)
        let field = try constantName(try named.require("field", missing: 4_161_102, parser), name, 4_161_106, 4_161_107)
        return Write(
            name: name, field: field, input: try named.require("input", missing: 4_161_109, parser),
            value: isSet ? try named.require("value", missing: 4_161_103, parser) : nil)
    }

    private static func parseRead(
        _ argument: BSONValue, _ parser: ExpressionParser
    ) throws(CommandError) -> any Expression {
        if case .document(let document) = argument, document.first?.key.hasPrefix("$") == false {
            let named = try NamedArguments(document, of: "$getField", allowing: ["field", "input"], unknown: 3_041_701)
            let field = try named.require("field", missing: 3_041_702, parser)
            return Read(
                field: try constantName(field, "$getField", 5_654_600, 5_654_602),
                input: try named.require("input", missing: 3_041_703, parser))
        }
        let field = try parser.parse(argument)
        return Read(
            field: try constantName(field, "$getField", 5_654_600, 5_654_602),
            input: VariableExpression(name: "CURRENT", parts: []))
    }

    private static func constantName(
        _ expression: any Expression, _ name: String, _ notConstant: Int32, _ notString: Int32
    ) throws(CommandError) -> String {
        guard case .some(let value) = expression.constant else {
            throw CommandError(code: notConstant, "\(name) requires 'field' to evaluate to a constant")
        }
        guard case .string(let text)? = value else {
            throw CommandError(
                code: notString, "\(name) requires 'field' to evaluate to type String, but got \(value.typeName)")
        }
        return text
    }
}
