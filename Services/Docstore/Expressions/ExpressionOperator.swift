import BSON

/// An operator of expressions: what stands behind its name, made an expression.
struct ExpressionOperator: Sendable {
    typealias Parse = @Sendable (BSONValue, ExpressionParser) throws -> any Expression

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
            arithmetic, rounding, comparison, conditionals, bindings, conversions, dates, strings, substrings, patterns,
            arrays, sets, objects, totals,
        ]
        return Dictionary(uniqueKeysWithValues: families.joined().map { ($0.name, $0) })
    }()
}

/// A function evaluates all of its arguments and computes from their values.
struct FunctionExpression: Expression {
    typealias Body = @Sendable (Arguments) throws -> BSONValue?

    /// Which arguments, null or missing, make the result null before the types of the others are looked at. With `first`
    /// the others are not even evaluated.
    enum Nulls { case none, first, any }

    let name: String
    let arguments: [any Expression]
    let nulls: Nulls
    let body: Body

    func evaluate(_ variables: Variables) throws(CommandError) -> BSONValue? {
        var values: [BSONValue?] = []
        values.reserveCapacity(arguments.count)
        for argument in arguments {
            values.append(try argument.evaluate(variables))
            if nulls == .first, values[0].isNullish { return .null }
        }
        if nulls == .any, values.contains(where: \.isNullish) { return .null }
        return try CommandError.only { try body(Arguments(name: name, values: values)) }
    }
}

extension ExpressionOperator {
    /// A function of arguments by place.
    init(
        _ name: String, _ arity: ClosedRange<Int>, nulls: FunctionExpression.Nulls = .none,
        _ body: @escaping FunctionExpression.Body
    ) {
        self.init(name) { argument, parser in
            let arguments = try parser.list(argument, arity, of: name)
            return try FunctionExpression(name: name, arguments: arguments, nulls: nulls, body: body)
                .folded(if: arguments)
        }
    }

    init(
        _ name: String, _ count: Int, nulls: FunctionExpression.Nulls = .none,
        _ body: @escaping FunctionExpression.Body
    ) {
        self.init(name, count...count, nulls: nulls, body)
    }

    /// A function of arguments by name: the required ones with the code for their absence, then the optional ones with
    /// what stands for them.
    init(
        _ name: String, required: KeyValuePairs<String, Int32>, optional: KeyValuePairs<String, BSONValue> = [:],
        codes: (notObject: Int32, unknown: Int32), nulls: FunctionExpression.Nulls = .none,
        _ body: @escaping FunctionExpression.Body
    ) {
        self.init(name) { argument, parser in
            let known = required.map(\.key) + optional.map(\.key)
            let named = try NamedArguments(argument, of: name, known, codes: codes)
            var arguments: [any Expression] = []
            for (key, missing) in required { arguments.append(try named.require(key, missing: missing, parser)) }
            for (key, value) in optional {
                arguments.append(try named.optional(key, parser) ?? LiteralExpression(value: value))
            }
            return try FunctionExpression(name: name, arguments: arguments, nulls: nulls, body: body)
                .folded(if: arguments)
        }
    }
}

extension CommandError {
    /// Runs what throws nothing but command errors, though its type does not say so: for closures do not infer theirs,
    /// and tables of them are easier to read without.
    @inline(__always)
    static func only<Value>(_ body: () throws -> Value) throws(CommandError) -> Value {
        do {
            return try body()
        } catch let error as CommandError {
            throw error
        } catch {
            throw CommandError(.internalError, "\(error)")
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
