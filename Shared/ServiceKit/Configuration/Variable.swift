import HTTPServer

/// One variable of a service's environment: its name, what it may hold, and what it is for.
///
/// Services declare theirs as static members, so that reading one that is not declared does not compile.
package struct Variable: Sendable, Hashable {
    /// What a value must look like.
    package enum Form: Sendable, Hashable {
        case text
        case url(schemes: [String])
        /// Never shown, at least so many characters.
        case secret(minimum: Int)
        case integer(ClosedRange<Int>)
        case choice([String])
        /// Comma-separated networks as `10.0.0.0/8`.
        case networks
    }

    package let name: String
    package let form: Form
    /// Nil: the process does not start without it, unless `isOptional`.
    package let defaultValue: String?
    package let isOptional: Bool
    package let meaning: String

    package init(
        _ name: String, _ form: Form, default defaultValue: String? = nil, optional: Bool = false, _ meaning: String
    ) {
        self.name = name
        self.form = form
        self.defaultValue = defaultValue
        isOptional = optional
        self.meaning = meaning
    }

    /// What is wrong with a value; nil when it may stand.
    func complaint(about value: String) -> String? {
        switch form {
        case .text:
            return value.isEmpty ? "is empty" : nil
        case .url(let schemes):
            let isOne = schemes.contains { value.hasPrefix("\($0)://") && value.utf8.count > $0.utf8.count + 3 }
            return isOne ? nil : "must be a URL with the scheme \(schemes.joined(separator: " or "))"
        case .secret(let minimum):
            return value.utf8.count >= minimum ? nil : "must have at least \(minimum) characters"
        case .integer(let range):
            guard let number = Int(value), range.contains(number) else {
                return "must be a whole number from \(range.lowerBound) to \(range.upperBound)"
            }
            return nil
        case .choice(let choices):
            return choices.contains(value) ? nil : "must be one of \(choices.joined(separator: ", "))"
        case .networks:
            let parts = value.split(separator: ",").map { $0.trimmed }
            return parts.allSatisfy { IPNetwork($0) != nil }
                ? nil : "must be networks as 10.0.0.0/8, separated by commas"
        }
    }

    /// A value of the right form that leads nowhere.
    var placeholder: String {
        switch form {
        case .text: "placeholder"
        case .url(let schemes): "\(schemes[0])://127.0.0.1:1/0"
        case .secret(let minimum): String(repeating: "-", count: minimum)
        case .integer(let range): String(range.lowerBound)
        case .choice(let choices): choices[0]
        case .networks: "127.0.0.1/32"
        }
    }

    /// The form as `--help` shows it.
    var typeName: String {
        switch form {
        case .text: "text"
        case .url(let schemes): schemes.map { "\($0)://…" }.joined(separator: " | ")
        case .secret(let minimum): "secret, ≥ \(minimum) characters"
        case .integer(let range):
            range.upperBound == .max
                ? "integer ≥ \(range.lowerBound)" : "integer \(range.lowerBound)…\(range.upperBound)"
        case .choice(let choices): choices.joined(separator: " | ")
        case .networks: "networks"
        }
    }
}

extension StringProtocol {
    /// Without white space at either end.
    var trimmed: String {
        var text = Substring(self)
        while let first = text.first, first.isWhitespace { text.removeFirst() }
        while let last = text.last, last.isWhitespace { text.removeLast() }
        return String(text)
    }
}
