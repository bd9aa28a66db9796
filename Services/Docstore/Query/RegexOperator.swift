import BSON

/// A regular expression, tried on strings; an equal regular expression as a value matches, too.
struct RegexTest: ValueTest {
    var regex: Regex
    var matchRank: Int { 10 }

    func matches(_ value: BSONValue?, _ position: inout Int?) throws(CommandError) -> Bool {
        switch value {
        case .string(let text)?, .symbol(let text)?: try regex.matches(text)
        case .regex(let pattern, let options)?: pattern == regex.pattern && options == regex.options
        default: false
        }
    }

    /// `/^abc/` without options can only match strings that start with `abc`.
    var predicates: [IndexablePredicate] {
        guard regex.options.isEmpty, regex.pattern.hasPrefix("^") else { return [] }
        let special = Set("\\^$.|?*+()[]{}")
        let body = regex.pattern.dropFirst()
        guard !body.contains("|") else { return [] }
        var prefix = body.prefix { !special.contains($0) && !$0.isWhitespace && $0 != "#" }
        if let next = body.dropFirst(prefix.count).first, "?*{".contains(next), !prefix.isEmpty { prefix.removeLast() }
        return prefix.isEmpty ? [] : [.prefix(String(prefix))]
    }
}

/// `$regex`, with the `$options` beside it.
enum RegexOperator: FieldOperator {
    static let names = ["$regex"]

    static func parse(_ clause: OperatorClause) throws(CommandError) -> (any Condition)? {
        var given: String?
        if let value = clause.siblings["$options"] {
            guard let text = value.textual else { throw CommandError(.badValue, "$options has to be a string") }
            given = text
        }
        switch clause.argument {
        case .regex(let pattern, let options):
            if given != nil, !options.isEmpty {
                throw CommandError(code: 51075, "options set in both $regex and $options")
            }
            return clause.condition(RegexTest(regex: try Regex(pattern: pattern, options: given ?? options)))
        case .string(let pattern), .symbol(let pattern):
            return clause.condition(RegexTest(regex: try Regex(pattern: pattern, options: given ?? "")))
        default:
            throw CommandError(.badValue, "$regex has to be a string")
        }
    }
}

/// `$options` belongs to `$regex`.
enum OptionsOperator: FieldOperator {
    static let names = ["$options"]

    static func parse(_ clause: OperatorClause) throws(CommandError) -> (any Condition)? {
        guard clause.siblings["$regex"] != nil else { throw CommandError(.badValue, "$options needs a $regex") }
        return nil
    }
}
