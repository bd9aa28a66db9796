import BSON

extension ExpressionOperator {
    static let comparison: [ExpressionOperator] = [
        .init("$cmp", 2) { .int32(Int32(MongoOrder.compare($0[0], $0[1]).signum())) },
        .init("$eq", 2) { .bool(MongoOrder.compare($0[0], $0[1]) == 0) },
        .init("$ne", 2) { .bool(MongoOrder.compare($0[0], $0[1]) != 0) },
        .init("$gt", 2) { .bool(MongoOrder.compare($0[0], $0[1]) > 0) },
        .init("$gte", 2) { .bool(MongoOrder.compare($0[0], $0[1]) >= 0) },
        .init("$lt", 2) { .bool(MongoOrder.compare($0[0], $0[1]) < 0) },
        .init("$lte", 2) { .bool(MongoOrder.compare($0[0], $0[1]) <= 0) },
        .init("$not", 1) { .bool(!$0[0].isTruthy) },
        .init("$type", 1) { .string($0[0].typeName) },
        .init("$isNumber", 1) { .bool($0[0]?.number != nil) },
        junction("$and", endsAt: false),
        junction("$or", endsAt: true),
    ]

    /// Looks no further than the first part that decides.
    private static func junction(_ name: String, endsAt end: Bool) -> ExpressionOperator {
        .init(name) { argument, parser in
            let parts = try parser.list(argument, .anyCount, of: name)
            return Expression { variables in
                for part in parts where try part.evaluate(variables).isTruthy == end { return .bool(end) }
                return .bool(!end)
            }
        }
    }

    static let conditionals: [ExpressionOperator] = [
        .init("$literal") { argument, _ in .constant(argument) },
        .init("$const") { argument, _ in .constant(argument) },
        .init("$ifNull") { argument, parser in
            let parts = try parser.list(argument, .anyCount, of: "$ifNull")
            try require(parts.count >= 2, code: 1_257_300, "$ifNull needs at least two arguments")
            return Expression { variables in
                var value: BSONValue?
                for part in parts {
                    value = try part.evaluate(variables)
                    if !value.isNullish { break }
                }
                return value
            }
        },
        .init("$cond") { argument, parser in
            let parts = try conditionParts(argument, parser)
            @Sendable func choice(_ variables: Variables) throws -> Expression {
                parts[try parts[0].evaluate(variables).isTruthy ? 1 : 2]
            }
            return parts[0].isConstant ? try choice(Variables()) : Expression { try choice($0).evaluate($0) }
        },
        .init("$switch", parse: parseSwitch),
    ]

    private static func conditionParts(_ argument: BSONValue, _ parser: ExpressionParser) throws -> [Expression] {
        guard case .document = argument else { return try parser.list(argument, 3...3, of: "$cond") }
        let named = try NamedArguments(argument, of: "$cond", ["if", "then", "else"], codes: (17083, 17083))
        return try [("if", 17080), ("then", 17081), ("else", 17082)].map { try named.require($0, missing: $1, parser) }
    }

    private static func parseSwitch(_ argument: BSONValue, _ parser: ExpressionParser) throws -> Expression {
        let named = try NamedArguments(argument, of: "$switch", ["branches", "default"], codes: (40060, 40067))
        let branches = try named.require("branches", \.arrayValue, missing: 40068, else: 40061).map { branch in
            let parts = try NamedArguments(branch, of: "a branch of $switch", ["case", "then"], codes: (40062, 40063))
            let condition = try parts.require("case", missing: 40064, parser)
            return (condition: condition, then: try parts.require("then", missing: 40065, parser))
        }
        try require(!branches.isEmpty, code: 40068, "$switch requires at least one branch")
        let otherwise = try named.optional("default", parser)
        return Expression { variables in
            for branch in branches where try branch.condition.evaluate(variables).isTruthy {
                return try branch.then.evaluate(variables)
            }
            return try otherwise.orThrow(.init(code: 40066, "$switch has no default")).evaluate(variables)
        }
    }

    static let bindings: [ExpressionOperator] = [
        .init("$let", parse: parseLet),
        loop("$map", body: "in", codes: (16878, 16879, 16880, 16882, 16883)) { _, result in result ?? .null },
        loop("$filter", body: "cond", codes: (28646, 28647, 28648, 28650, 28651)) { element, result in
            result.isTruthy ? element : .none
        },
        .init("$reduce") { argument, parser in
            let names = ["input", "initialValue", "in"]
            let named = try NamedArguments(argument, of: "$reduce", names, codes: (40075, 40076))
            let input = try named.require("input", missing: 40077, parser)
            let initial = try named.require("initialValue", missing: 40078, parser)
            let body = try named.require("in", missing: 40079, parser.defining(["this", "value"]))
            return Expression { variables in
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
            let known = ["input", "as", body]
            let named = try NamedArguments(argument, of: name, known, codes: (codes.notObject, codes.unknown))
            let input = try named.require("input", missing: codes.noInput, parser)
            let variable = try named.optional("as", \.textual, else: ErrorCode.failedToParse.rawValue) ?? "this"
            try ExpressionParser.checkVariableName(variable)
            let body = try named.require(body, missing: codes.noBody, parser.defining([variable]))
            return Expression { variables in
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

    private static func parseLet(_ argument: BSONValue, _ parser: ExpressionParser) throws -> Expression {
        let named = try NamedArguments(argument, of: "$let", ["vars", "in"], codes: (16874, 16875))
        let definitions = try named.require("vars", \.documentValue, missing: 16876, else: 10065)
        _ = try named.require("in", missing: 16877)
        let bindings = try parser.bindings(definitions)
        let body = try named.require("in", missing: 16877, parser.defining(bindings.map(\.name)))
        return Expression { try body.evaluate(try $0.defining(bindings, from: $0)) }
    }
}

extension Expression {
    /// The elements of an operator's input; nil for null and missing.
    fileprivate func elements(_ variables: Variables, of name: String, else code: Int32) throws -> [BSONValue]? {
        let value = try evaluate(variables)
        return value.isNullish ? nil : try Arguments(name: name, values: [value]).array(else: code)
    }
}
