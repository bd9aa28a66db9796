import BSON

/// An operator of expressions: what stands behind its name, made an expression.
struct ExpressionOperator: Sendable {
    typealias Parse = @Sendable (BSONValue, ExpressionParser) throws -> Expression
    typealias Function = @Sendable (Arguments) throws -> BSONValue?

    let name: String
    let parse: Parse

    init(_ name: String, parse: @escaping Parse) {
        self.name = name
        self.parse = parse
    }

    /// A function of arguments by place.
    /// - Parameter ofNull: the result when one is null or missing, whatever the types of the others.
    init(_ name: String, _ arity: ClosedRange<Int>, ofNull: BSONValue? = nil, _ body: @escaping Function) {
        self.init(name) { argument, parser in
            try Self.call(name, try parser.list(argument, arity, of: name), ofNull: ofNull, body)
        }
    }

    init(_ name: String, _ count: Int, ofNull: BSONValue? = nil, _ body: @escaping Function) {
        self.init(name, count...count, ofNull: ofNull, body)
    }

    static func call(
        _ name: String, _ arguments: [Expression], ofNull: BSONValue?, _ body: @escaping Function
    ) throws -> Expression {
        try Expression(of: arguments) { variables in
            let values = try arguments.map { try $0.evaluate(variables) }
            if let ofNull, values.contains(where: \.isNullish) { return ofNull }
            return try body(Arguments(name: name, values: values))
        }
    }

    static let all: [String: ExpressionOperator] = {
        let families = [
            arithmetic, totals, comparison, conditionals, bindings, Conversion.operators, dates, strings, arrays,
            objects,
        ]
        return Dictionary(uniqueKeysWithValues: families.joined().map { ($0.name, $0) })
    }()
}

extension ClosedRange<Int> {
    static let anyCount = 0...Int.max
}
