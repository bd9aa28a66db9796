import BSON

/// An operator of expressions: what stands behind its name, made an expression.
struct ExpressionOperator: Sendable {
    typealias Parse = @Sendable (BSONValue, ExpressionParser) throws -> Expression
    /// Computes from the values of all arguments.
    typealias Function = @Sendable (Arguments) throws -> BSONValue?

    /// Which arguments, null or missing, make a function's result null before the types of the others are looked at.
    /// With `first` the others are not even evaluated.
    enum Nulls { case none, first, any }

    let name: String
    let parse: Parse

    /// An operator that reads its argument itself.
    init(_ name: String, parse: @escaping Parse) {
        self.name = name
        self.parse = parse
    }

    /// Every operator that docstore knows.
    static let all: [String: ExpressionOperator] = {
        let families = [
            arithmetic, totals, comparison, conditionals, bindings, conversions, dates, strings, patterns, arrays, sets,
            objects,
        ]
        return Dictionary(uniqueKeysWithValues: families.joined().map { ($0.name, $0) })
    }()

    /// A function of arguments by place.
    init(_ name: String, _ arity: ClosedRange<Int>, nulls: Nulls = .none, _ body: @escaping Function) {
        self.init(name) { argument, parser in
            try Self.call(name, try parser.list(argument, arity, of: name), nulls, body)
        }
    }

    init(_ name: String, _ count: Int, nulls: Nulls = .none, _ body: @escaping Function) {
        self.init(name, count...count, nulls: nulls, body)
    }

    /// A function of arguments by name: the required ones with the code for their absence, then the optional ones with
    /// what stands for them.
    init(
        _ name: String, required: KeyValuePairs<String, Int32>, optional: KeyValuePairs<String, BSONValue> = [:],
        codes: (notObject: Int32, unknown: Int32), nulls: Nulls = .none, _ body: @escaping Function
    ) {
        self.init(name) { argument, parser in
            let known = required.map(\.key) + optional.map(\.key)
            let named = try NamedArguments(argument, of: name, known, codes: codes)
            let arguments = try required.map { try named.require($0.key, missing: $0.value, parser) }
            let others = try optional.map { try named.optional($0.key, parser) ?? .constant($0.value) }
            return try Self.call(name, arguments + others, nulls, body)
        }
    }

    static func call(
        _ name: String, _ arguments: [Expression], _ nulls: Nulls, _ body: @escaping Function
    ) throws(CommandError) -> Expression {
        try Expression(of: arguments) { variables in
            var values: [BSONValue?] = []
            values.reserveCapacity(arguments.count)
            for argument in arguments {
                values.append(try argument.evaluate(variables))
                if nulls == .first, values[0].isNullish { return .null }
            }
            if nulls == .any, values.contains(where: \.isNullish) { return .null }
            return try body(Arguments(name: name, values: values))
        }
    }
}

extension ClosedRange<Int> {
    static let anyCount = 0...Int.max
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
