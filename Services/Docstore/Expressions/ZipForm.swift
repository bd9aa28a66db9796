import BSON

/// `$zip`.
enum ZipForm: ExpressionForm {
    static let names = ["$zip"]

    struct Evaluated: Expression {
        var inputs: [any Expression]
        var usesLongest: Bool
        var defaults: [any Expression]

        func evaluate(_ variables: Variables) throws(CommandError) -> BSONValue? {
            var arrays: [[BSONValue]] = []
            for input in inputs {
                let value = try input.evaluate(variables)
                if value.isNullish { return .null }
                guard case .array(let elements)? = value else {
                    throw CommandError(code: 34468, "$zip found a non-array expression in input: \(value.typeName)")
                }
                arrays.append(elements)
            }
            var fill: [BSONValue] = []
            for expression in defaults { fill.append(try expression.evaluate(variables) ?? .null) }
            let counts = arrays.map(\.count)
            let length = (usesLongest ? counts.max() : counts.min()) ?? 0
            return .array(
                (0..<length).map { row in
                    .array(
                        arrays.enumerated().map { column, elements in
                            row < elements.count ? elements[row] : column < fill.count ? fill[column] : .null
                        })
                })
        }
    }

    static func parse(
        _ argument: BSONValue, named name: String, parser: ExpressionParser
    ) throws(CommandError) -> any Expression {
        guard case .document(let document) = argument else {
            throw CommandError(
                code: 34460, "$zip only supports an object as an argument, found \(argument.typeName)")
        }
        let named = try NamedArguments(
            document, of: name, allowing: ["inputs", "useLongestLength", "defaults"], unknown: 34464)
        guard let inputs = named["inputs"] else {
            throw CommandError(code: 34465, "$zip requires at least one input array")
        }
        guard case .array(let arrays) = inputs else {
            throw CommandError(code: 34461, "inputs must be an array of expressions, found \(inputs.typeName)")
        }
        guard !arrays.isEmpty else { throw CommandError(code: 34465, "$zip requires at least one input array") }
        var usesLongest = false
        if let flag = named["useLongestLength"] {
            guard case .bool(let value) = flag else {
                throw CommandError(code: 34463, "useLongestLength must be a bool, found \(flag.typeName)")
            }
            usesLongest = value
        }
        var defaults: [any Expression] = []
        if let given = named["defaults"] {
            guard case .array(let values) = given else {
                throw CommandError(code: 34462, "defaults must be an array of expressions, found \(given.typeName)")
            }
            guard usesLongest else {
                throw CommandError(code: 34466, "cannot specify defaults unless useLongestLength is true")
            }
            guard values.count == arrays.count else {
                throw CommandError(code: 34467, "defaults and inputs must have the same length")
            }
            defaults = try parser.parse(values)
        }
        return Evaluated(inputs: try parser.parse(arrays), usesLongest: usesLongest, defaults: defaults)
    }
}
