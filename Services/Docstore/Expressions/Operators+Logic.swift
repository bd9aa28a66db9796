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
        junction("$and", endsAt: false),
        junction("$or", endsAt: true),
    ]

    /// Looks no further than the first part that decides.
    private static func junction(_ name: String, endsAt end: Bool) -> ExpressionOperator {
        .init(name) { argument, parser in
            let parts = try parser.list(argument, .anyCount, of: name)
            return ComputedExpression { variables in
                for part in parts where try part.evaluate(variables).isTruthy == end { return .bool(end) }
                return .bool(!end)
            }
        }
    }

    static let conditionals: [ExpressionOperator] = [
        .init("$literal") { argument, _ in LiteralExpression(value: argument) },
        .init("$const") { argument, _ in LiteralExpression(value: argument) },
        .init("$ifNull") { argument, parser in
            let parts = try parser.list(argument, .anyCount, of: "$ifNull")
            guard parts.count >= 2 else { throw CommandError(code: 1_257_300, "$ifNull needs at least two arguments") }
            return ComputedExpression { variables in
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
            if let condition = parts[0] as? LiteralExpression { return condition.value.isTruthy ? parts[1] : parts[2] }
            return ComputedExpression { variables in
                try parts[parts[0].evaluate(variables).isTruthy ? 1 : 2].evaluate(variables)
            }
        },
        .init("$switch", parse: parseSwitch),
    ]

    private static func conditionParts(_ argument: BSONValue, _ parser: ExpressionParser) throws -> [any Expression] {
        guard case .document = argument else { return try parser.list(argument, 3...3, of: "$cond") }
        let named = try NamedArguments(argument, of: "$cond", ["if", "then", "else"], codes: (17083, 17083))
        return [
            try named.require("if", missing: 17080, parser), try named.require("then", missing: 17081, parser),
            try named.require("else", missing: 17082, parser),
        ]
    }

    private static func parseSwitch(_ argument: BSONValue, _ parser: ExpressionParser) throws -> any Expression {
        let named = try NamedArguments(argument, of: "$switch", ["branches", "default"], codes: (40060, 40067))
        var branches: [(condition: any Expression, then: any Expression)] = []
        for branch in try named.require("branches", \.arrayValue, missing: 40068, else: 40061) {
            let parts = try NamedArguments(branch, of: "a branch of $switch", ["case", "then"], codes: (40062, 40063))
            let condition = try parts.require("case", missing: 40064, parser)
            branches.append((condition, try parts.require("then", missing: 40065, parser)))
        }
        guard !branches.isEmpty else { throw CommandError(code: 40068, "$switch requires at least one branch.") }
        let otherwise = try named.optional("default", parser)
        return ComputedExpression { [branches] variables in
            for branch in branches where try branch.condition.evaluate(variables).isTruthy {
                return try branch.then.evaluate(variables)
            }
            guard let otherwise else { throw CommandError(code: 40066, "$switch found no branch and no default") }
            return try otherwise.evaluate(variables)
        }
    }
}
