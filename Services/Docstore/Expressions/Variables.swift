package import BSON

/// What `$$name` stands for while an expression is evaluated.
package struct Variables: Sendable {
    /// `$$ROOT`, and the document that `$field` reads.
    var root: BSONDocument
    /// `$$NOW`: one instant for a whole command.
    package var now: Int64
    private var values: [String: BSONValue?]

    /// - Parameter values: a command's `let`.
    package init(_ values: BSONDocument = [:], now: Int64 = 0) {
        root = [:]
        self.now = now
        self.values = Dictionary(values.elements.map { ($0.key, $0.value) }, uniquingKeysWith: { $1 })
    }

    /// The names that parsing may accept.
    var names: Set<String> { Set(values.keys) }

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

/// The variables that are defined where an expression is parsed.
struct ExpressionScope {
    var variables: Set<String> = []

    func with(_ names: some Sequence<String>) -> ExpressionScope {
        ExpressionScope(variables: variables.union(names))
    }

    func checkDefined(_ name: String) throws(CommandError) {
        if variables.contains(name) || ["ROOT", "CURRENT", "NOW", "REMOVE"].contains(name) { return }
        throw CommandError(code: 17276, "Use of undefined variable: \(name)")
    }

    /// Names that a user may define: they start with a small letter, or are CURRENT.
    static func checkUserName(_ name: String) throws(CommandError) {
        guard let first = name.utf8.first else {
            throw CommandError(.failedToParse, "empty variable names are not allowed")
        }
        let isSmall = (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(first) || first >= 0x80
        guard isSmall || name == "CURRENT" else {
            throw CommandError(
                .failedToParse, "'\(name)' starts with an invalid character for a user variable name")
        }
        for byte in name.utf8.dropFirst() where !byte.isWordByte {
            throw CommandError(.failedToParse, "'\(name)' contains an invalid character for a variable name")
        }
    }
}

extension UInt8 {
    var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }

    fileprivate var isWordByte: Bool {
        isDigit || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self | 0x20) || self == UInt8(ascii: "_")
            || self >= 0x80
    }
}
