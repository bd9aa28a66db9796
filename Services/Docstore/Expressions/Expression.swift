import BSON

/// An aggregation expression, ready to be evaluated for any document. Missing values are nil.
struct Expression: Sendable {
    typealias Compute = @Sendable (Variables) throws -> BSONValue?
    typealias Binding = (name: String, value: Expression)

    private let compute: Compute
    /// Whether the value is the same for every document.
    let isConstant: Bool

    init(isConstant: Bool = false, _ compute: @escaping Compute) {
        self.compute = compute
        self.isConstant = isConstant
    }

    /// What all parts are constants of is computed now, so that its errors show at once, as in MongoDB.
    init(of parts: [Expression], _ compute: @escaping Compute) throws {
        let expression = Expression(compute)
        self = parts.allSatisfy(\.isConstant) ? .constant(try expression.evaluate(Variables())) : expression
    }

    func evaluate(_ variables: Variables) throws -> BSONValue? { try compute(variables) }
    static func constant(_ value: BSONValue?) -> Expression { Expression(isConstant: true) { _ in value } }

    /// `$a.b`.
    static func field(_ path: [String]) -> Expression {
        Expression { variables in variables.root[path[0]]?.reading(path.dropFirst()) }
    }

    /// `$$name.a.b`.
    static func variable(_ name: String, _ path: [String]) -> Expression {
        Expression { variables in variables.value(of: name)?.reading(path[...]) }
    }

    /// `{x: …, y: …}`: missing fields are left out.
    static func object(_ fields: [(key: String, value: Expression)]) throws -> Expression {
        try Expression(of: fields.map(\.value)) { variables in
            var document = BSONDocument()
            for (key, value) in fields { document.append(key, ifPresent: try value.evaluate(variables)) }
            return .document(document)
        }
    }

    /// `[…, …]`: missing elements become null.
    static func array(_ elements: [Expression]) throws -> Expression {
        try Expression(of: elements) { variables in .array(try elements.map { try $0.evaluate(variables) ?? .null }) }
    }
}

/// What `$$name` stands for while an expression is evaluated.
struct Variables: Sendable {
    /// `$$ROOT`, and the document that `$field` reads.
    private(set) var root: BSONDocument = [:]
    /// `$$NOW`: one instant for a whole command.
    var now: Int64
    private var values: [String: BSONValue?]

    /// - Parameter values: a command's `let`.
    init(_ values: BSONDocument = [:], now: Int64 = 0) {
        self.now = now
        self.values = Dictionary(values.elements.map { ($0.key, $0.value) }, uniquingKeysWith: { $1 })
    }

    var parser: ExpressionParser { ExpressionParser(variables: Set(values.keys)) }
    /// Parses expressions that are evaluated before there is a document.
    var constantParser: ExpressionParser { ExpressionParser(variables: Set(values.keys), readsFields: false) }

    func binding(root: BSONDocument) -> Variables {
        var copy = self
        copy.root = root
        return copy
    }

    mutating func set(_ name: String, _ value: BSONValue?) { values.updateValue(value, forKey: name) }

    func defining(_ bindings: [Expression.Binding], from outer: Variables) throws -> Variables {
        var inner = self
        for (name, value) in bindings { inner.set(name, try value.evaluate(outer)) }
        return inner
    }

    /// Nil for a missing value, which is what `$$REMOVE` stands for.
    func value(of name: String) -> BSONValue? {
        switch name {
        case "ROOT": .document(root)
        case "CURRENT": values["CURRENT"] ?? .document(root)
        case "NOW": .date(now)
        case "REMOVE": .none
        default: values[name] ?? .none
        }
    }
}

extension BSONValue {
    /// The value at a path: fields by name, through the documents of arrays.
    fileprivate func reading(_ path: ArraySlice<String>) -> BSONValue? {
        guard let name = path.first else { return self }
        switch self {
        case .document(let inner): return inner[name]?.reading(path.dropFirst())
        case .array(let elements):
            return .array(elements.compactMap { $0.documentValue == nil ? nil : $0.reading(path) })
        default: return nil
        }
    }
}
