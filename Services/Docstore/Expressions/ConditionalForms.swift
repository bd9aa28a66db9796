import BSON

/// `$literal` and `$const`: the argument as it stands.
enum LiteralForm: ExpressionForm {
    static let names = ["$literal", "$const"]

    static func parse(_ argument: BSONValue, named name: String, parser: ExpressionParser) -> any Expression {
        LiteralExpression(value: argument)
    }
}

/// `$cond`.
enum ConditionForm: ExpressionForm {
    static let names = ["$cond"]

    struct Evaluated: Expression {
        var condition: any Expression
        var then: any Expression
        var otherwise: any Expression

        func evaluate(_ variables: Variables) throws(CommandError) -> BSONValue? {
            try condition.evaluate(variables).isTruthy
                ? then.evaluate(variables) : otherwise.evaluate(variables)
        }
    }

    static func parse(
        _ argument: BSONValue, named name: String, parser: ExpressionParser
    ) throws(CommandError) -> any Expression {
        let parts: [any Expression]
        if case .document(let document) = argument {
            let named = try NamedArguments(
                document, of: name, allowing: ["if", "then", "else"], unknown: 17083)
            parts = [
                try named.require("if", missing: 17080, parser), try named.require("then", missing: 17081, parser),
                try named.require("else", missing: 17082, parser),
            ]
        } else {
            parts = try FunctionExpression.parse(arguments: argument, arity: 3...3, named: name, parser: parser)
        }
        if case .some(let value) = parts[0].constant { return value.isTruthy ? parts[1] : parts[2] }
        return Evaluated(condition: parts[0], then: parts[1], otherwise: parts[2])
    }
}

/// `$switch`.
enum SwitchForm: ExpressionForm {
    static let names = ["$switch"]

    struct Evaluated: Expression {
        var branches: [(condition: any Expression, then: any Expression)]
        var otherwise: (any Expression)?

        func evaluate(_ variables: Variables) throws(CommandError) -> BSONValue? {
            for branch in branches where try branch.condition.evaluate(variables).isTruthy {
                return try branch.then.evaluate(variables)
            }
            guard let otherwise else {
                throw CommandError(
                    code: 40066,
                    "$switch could not find a matching branch for an input, and no default was specified.")
            }
            return try otherwise.evaluate(variables)
        }
    }

    static func parse(
        _ argument: BSONValue, named name: String, parser: ExpressionParser
    ) throws(CommandError) -> any Expression {
        guard case .document(let document) = argument else {
            throw CommandError(
                code: 40060, "$switch requires an object as an argument, found: \(argument.typeName)")
        }
        let named = try NamedArguments(document, of: name, allowing: ["branches", "default"], unknown: 40067)
        guard let list = named["branches"] else {
            throw CommandError(code: 40068, "$switch requires at least one branch.")
        }
        guard case .array(let elements) = list else {
            throw CommandError(
                code: 40061, "$switch expected an array for 'branches', found: \(list.typeName)")
        }
        var branches: [(condition: any Expression, then: any Expression)] = []
        for element in elements {
            guard case .document(let branch) = element else {
                throw CommandError(
                    code: 40062, "$switch expected each branch to be an object, found: \(element.typeName)")
            }
            let parts = try NamedArguments(branch, of: name, allowing: ["case", "then"], unknown: 40063)
            branches.append(
                (
                    try parts.require("case", missing: 40064, parser),
                    try parts.require("then", missing: 40065, parser)
                ))
        }
        guard !branches.isEmpty else { throw CommandError(code: 40068, "$switch requires at least one branch.") }
        return Evaluated(branches: branches, otherwise: try named.optional("default", parser))
    }
}

/// `$and`: stops at the first false.
enum AndForm: ExpressionForm {
    static let names = ["$and"]

    struct Evaluated: Expression {
        var parts: [any Expression]

        func evaluate(_ variables: Variables) throws(CommandError) -> BSONValue? {
            for part in parts where try !part.evaluate(variables).isTruthy { return false }
            return true
        }
    }

    static func parse(
        _ argument: BSONValue, named name: String, parser: ExpressionParser
    ) throws(CommandError) -> any Expression {
        Evaluated(
            parts: try FunctionExpression.parse(
                arguments: argument, arity: ExpressionFunction.any, named: name, parser: parser))
    }
}

/// `$or`: stops at the first true.
enum OrForm: ExpressionForm {
    static let names = ["$or"]

    struct Evaluated: Expression {
        var parts: [any Expression]

        func evaluate(_ variables: Variables) throws(CommandError) -> BSONValue? {
            for part in parts where try part.evaluate(variables).isTruthy { return true }
            return false
        }
    }

    static func parse(
        _ argument: BSONValue, named name: String, parser: ExpressionParser
    ) throws(CommandError) -> any Expression {
        Evaluated(
            parts: try FunctionExpression.parse(
                arguments: argument, arity: ExpressionFunction.any, named: name, parser: parser))
    }
}

/// `$ifNull`: the first value that is not null or missing; else the last, whatever it is.
enum IfNullForm: ExpressionForm {
    static let names = ["$ifNull"]

    struct Evaluated: Expression {
        var parts: [any Expression]

        func evaluate(_ variables: Variables) throws(CommandError) -> BSONValue? {
            var value: BSONValue?
            for part in parts {
                value = try part.evaluate(variables)
                if !value.isNullish { break }
            }
            return value
        }
    }

    static func parse(
        _ argument: BSONValue, named name: String, parser: ExpressionParser
    ) throws(CommandError) -> any Expression {
        let parts = try FunctionExpression.parse(
            arguments: argument, arity: ExpressionFunction.any, named: name, parser: parser)
        guard parts.count >= 2 else {
            throw CommandError(code: 1_257_300, "$ifNull needs at least two arguments, had: \(parts.count)")
        }
        return Evaluated(parts: parts)
    }
}

/// The arguments of an operator that takes them by name.
struct NamedArguments {
    var document: BSONDocument
    var name: String

    /// - Parameter unknown: the code for a name that is not among those allowed.
    init(_ document: BSONDocument, of name: String, allowing allowed: Set<String>, unknown: Int32) throws(CommandError)
    {
        self.document = document
        self.name = name
        for key in document.keys where !allowed.contains(key) {
            throw CommandError(code: unknown, "Unrecognized parameter to \(name): \(key)")
        }
    }

    subscript(key: String) -> BSONValue? { document[key] }

    func require(
        _ key: String, missing: Int32, _ parser: ExpressionParser
    ) throws(CommandError) -> any Expression {
        guard let value = document[key] else {
            throw CommandError(code: missing, "Missing '\(key)' parameter to \(name)")
        }
        return try parser.parse(value)
    }

    func optional(_ key: String, _ parser: ExpressionParser) throws(CommandError) -> (any Expression)? {
        guard let value = document[key] else { return nil }
        return try parser.parse(value)
    }
}
