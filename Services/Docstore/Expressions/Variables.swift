package import BSON

/// What `$$name` stands for while an expression is evaluated.
package struct Variables: Sendable {
    /// `$$ROOT`, and the document that `$field` reads.
    private(set) var root: BSONDocument = [:]
    /// `$$NOW`: one instant for a whole command.
    package var now: Int64
    private var values: [String: BSONValue?]

    /// - Parameter values: a command's `let`.
    package init(_ values: BSONDocument = [:], now: Int64 = 0) {
        self.now = now
        self.values = Dictionary(values.elements.map { ($0.key, $0.value) }, uniquingKeysWith: { $1 })
    }

    /// Parses expressions that may use these variables.
    var parser: ExpressionParser { ExpressionParser(variables: Set(values.keys)) }

    func binding(root: BSONDocument) -> Variables {
        var copy = self
        copy.root = root
        return copy
    }

    mutating func set(_ name: String, _ value: BSONValue?) {
        values.updateValue(value, forKey: name)
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
