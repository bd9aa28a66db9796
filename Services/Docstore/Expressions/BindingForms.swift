import BSON

/// `$let`.
enum LetForm: ExpressionForm {
    static let names = ["$let"]

    struct Evaluated: Expression {
        var bindings: [(name: String, value: any Expression)]
        var body: any Expression

        func evaluate(_ variables: Variables) throws(CommandError) -> BSONValue? {
            var inner = variables
            for (name, value) in bindings { inner.set(name, try value.evaluate(variables)) }
            return try body.evaluate(inner)
        }
    }

    static func parse(
        _ argument: BSONValue, named name: String, parser: ExpressionParser
    ) throws(CommandError) -> any Expression {
        guard case .document(let document) = argument else {
            throw CommandError(code: 16874, "$let only supports an object as its argument")
        }
        let named = try NamedArguments(document, of: name, allowing: ["vars", "in"], unknown: 16875)
        guard let vars = named["vars"] else { throw CommandError(code: 16876, "Missing 'vars' parameter to $let") }
        guard case .document(let definitions) = vars else {
            throw CommandError(code: 10065, "invalid parameter: expected an object (vars)")
        }
        guard named["in"] != nil else { throw CommandError(code: 16877, "Missing 'in' parameter to $let") }
        var bindings: [(name: String, value: any Expression)] = []
        for (variable, value) in definitions.elements {
            try ExpressionScope.checkUserName(variable)
            bindings.append((variable, try parser.parse(value)))
        }
        let inner = ExpressionParser(scope: parser.scope.with(bindings.map(\.name)))
        return Evaluated(bindings: bindings, body: try named.require("in", missing: 16877, inner))
    }
}

/// What `$map` and `$filter` share: an input, and a name for its elements.
private struct ElementLoop {
    var input: any Expression
    var variable: String
    var inner: ExpressionParser

    init(_ named: NamedArguments, missingInput: Int32, _ parser: ExpressionParser) throws(CommandError) {
        input = try named.require("input", missing: missingInput, parser)
        variable = "this"
        if let given = named["as"] {
            guard let text = given.textual else {
                throw CommandError(.failedToParse, "'as' of \(named.name) must be a string")
            }
            try ExpressionScope.checkUserName(text)
            variable = text
        }
        inner = ExpressionParser(scope: parser.scope.with([variable]))
    }
}

/// `$map`.
enum MapForm: ExpressionForm {
    static let names = ["$map"]

    struct Evaluated: Expression {
        var input: any Expression
        var variable: String
        var body: any Expression

        func evaluate(_ variables: Variables) throws(CommandError) -> BSONValue? {
            let value = try input.evaluate(variables)
            if value.isNullish { return .null }
            guard case .array(let elements)? = value else {
                throw CommandError(code: 16883, "input to $map must be an array not \(value.typeName)")
            }
            var inner = variables
            var results: [BSONValue] = []
            results.reserveCapacity(elements.count)
            for element in elements {
                inner.set(variable, element)
                results.append(try body.evaluate(inner) ?? .null)
            }
            return .array(results)
        }
    }

    static func parse(
        _ argument: BSONValue, named name: String, parser: ExpressionParser
    ) throws(CommandError) -> any Expression {
        guard case .document(let document) = argument else {
            throw CommandError(code: 16878, "$map only supports an object as its argument")
        }
        let named = try NamedArguments(document, of: name, allowing: ["input", "as", "in"], unknown: 16879)
        let loop = try ElementLoop(named, missingInput: 16880, parser)
        let body = try named.require("in", missing: 16882, loop.inner)
        return Evaluated(input: loop.input, variable: loop.variable, body: body)
    }
}

/// `$filter`.
enum FilterForm: ExpressionForm {
    static let names = ["$filter"]

    struct Evaluated: Expression {
        var input: any Expression
        var variable: String
        var condition: any Expression

        func evaluate(_ variables: Variables) throws(CommandError) -> BSONValue? {
            let value = try input.evaluate(variables)
            if value.isNullish { return .null }
            guard case .array(let elements)? = value else {
                throw CommandError(code: 28651, "input to $filter must be an array not \(value.typeName)")
            }
            var inner = variables
            var results: [BSONValue] = []
            for element in elements {
                inner.set(variable, element)
                if try condition.evaluate(inner).isTruthy { results.append(element) }
            }
            return .array(results)
        }
    }

    static func parse(
        _ argument: BSONValue, named name: String, parser: ExpressionParser
    ) throws(CommandError) -> any Expression {
        guard case .document(let document) = argument else {
            throw CommandError(code: 28646, "$filter only supports an object as its argument")
        }
        let named = try NamedArguments(document, of: name, allowing: ["input", "as", "cond"], unknown: 28647)
        let loop = try ElementLoop(named, missingInput: 28648, parser)
        let condition = try named.require("cond", missing: 28650, loop.inner)
        return Evaluated(input: loop.input, variable: loop.variable, condition: condition)
    }
}

/// `$reduce`.
enum ReduceForm: ExpressionForm {
    static let names = ["$reduce"]

    struct Evaluated: Expression {
        var input: any Expression
        var initial: any Expression
        var body: any Expression

        func evaluate(_ variables: Variables) throws(CommandError) -> BSONValue? {
            let value = try input.evaluate(variables)
            if value.isNullish { return .null }
            guard case .array(let elements)? = value else {
                throw CommandError(
                    code: 40080, "$reduce requires that 'input' be an array, found: \(value.typeName)")
            }
            var result = try initial.evaluate(variables)
            var inner = variables
            for element in elements {
                inner.set("this", element)
                inner.set("value", result)
                result = try body.evaluate(inner)
            }
            return result
        }
    }

    static func parse(
        _ argument: BSONValue, named name: String, parser: ExpressionParser
    ) throws(CommandError) -> any Expression {
        guard case .document(let document) = argument else {
            throw CommandError(
                code: 40075, "$reduce requires an object as an argument, found: \(argument.typeName)")
        }
        let named = try NamedArguments(document, of: name, allowing: ["input", "initialValue", "in"], unknown: 40076)
        let inner = ExpressionParser(scope: parser.scope.with(["this", "value"]))
        return Evaluated(
            input: try named.require("input", missing: 40077, parser),
            initial: try named.require("initialValue", missing: 40078, parser),
            body: try named.require("in", missing: 40079, inner))
    }
}
