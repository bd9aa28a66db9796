import BSON

/// An operator that evaluates all of its arguments and computes from their values.
struct ExpressionFunction: Sendable {
    typealias Body = @Sendable ([BSONValue?]) throws(CommandError) -> BSONValue?

    var name: String
    var arity: ClosedRange<Int>
    var body: Body

    init(_ name: String, _ arity: ClosedRange<Int>, _ body: @escaping Body) {
        self.name = name
        self.arity = arity
        self.body = body
    }

    init(_ name: String, _ count: Int, _ body: @escaping Body) {
        self.init(name, count...count, body)
    }

    static let any = 0...Int.max
}

struct FunctionExpression: Expression {
    var function: ExpressionFunction
    var arguments: [any Expression]

    static func parse(
        _ function: ExpressionFunction, _ argument: BSONValue, parser: ExpressionParser
    ) throws(CommandError) -> any Expression {
        let arguments = try parse(arguments: argument, arity: function.arity, named: function.name, parser: parser)
        let expression = FunctionExpression(function: function, arguments: arguments)
        guard arguments.allSatisfy({ $0.constant != nil }) else { return expression }
        // Constants are computed once, and their errors shown at once, as in MongoDB.
        return LiteralExpression(value: try expression.evaluate(Variables()))
    }

    /// One argument may stand without its array.
    static func parse(
        arguments: BSONValue, arity: ClosedRange<Int>, named name: String, parser: ExpressionParser
    ) throws(CommandError) -> [any Expression] {
        let values: [BSONValue]
        if case .array(let elements) = arguments { values = elements } else { values = [arguments] }
        guard arity.contains(values.count) else {
            if arity.lowerBound == arity.upperBound {
                throw CommandError(
                    code: 16020,
                    "Expression \(name) takes exactly \(arity.lowerBound) arguments. \(values.count) were passed in.")
            }
            throw CommandError(
                code: 28667,
                "Expression \(name) takes at least \(arity.lowerBound) arguments, and at most \(arity.upperBound), "
                    + "but \(values.count) were passed in.")
        }
        return try parser.parse(values)
    }

    func evaluate(_ variables: Variables) throws(CommandError) -> BSONValue? {
        var values: [BSONValue?] = []
        values.reserveCapacity(arguments.count)
        for argument in arguments { values.append(try argument.evaluate(variables)) }
        return try function.body(values)
    }
}

extension Optional where Wrapped == BSONValue {
    /// Missing, null and undefined: what most operators answer with null.
    var isNullish: Bool {
        switch self {
        case nil, .null?, .undefined?: true
        default: false
        }
    }
}

extension Array where Element == BSONValue? {
    var anyNullish: Bool { contains { $0.isNullish } }
}
