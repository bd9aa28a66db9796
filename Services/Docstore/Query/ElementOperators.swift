import BSON

/// `$type`.
enum TypeOperator: FieldOperator {
    static let names = ["$type"]

    struct Test: ValueTest {
        var types: TypeSet
        var matchRank: Int { 31 }

        func matches(_ value: BSONValue?, _ position: inout Int?) -> Bool {
            value.map(types.contains) ?? false
        }
    }

    static func parse(_ clause: OperatorClause) throws(CommandError) -> (any Condition)? {
        var types = TypeSet()
        if case .array(let elements) = clause.argument {
            for element in elements { try insert(element, into: &types, clause) }
        } else {
            try insert(clause.argument, into: &types, clause)
        }
        guard !types.isEmpty else {
            throw CommandError(.failedToParse, "\(clause.path) must match at least one type")
        }
        return clause.condition(Test(types: types))
    }

    private static func insert(
        _ value: BSONValue, into types: inout TypeSet, _ clause: OperatorClause
    ) throws(CommandError) {
        if case .string(let name) = value {
            guard types.insert(named: name) else {
                throw CommandError(.badValue, "Unknown type name alias: \(name)")
            }
            return
        }
        guard let number = Number(value) else {
            throw CommandError(.typeMismatch, "type must be represented as a number or a string")
        }
        guard let code = number.exactInt64.flatMap(Int32.init(exactly:)),
            TypeSet.names.contains(where: { $0.number == code })
        else {
            throw CommandError(.badValue, "Invalid numerical type code: \(number.doubleValue)")
        }
        types.insert(number: code)
    }
}

/// `$mod`.
enum ModOperator: FieldOperator {
    static let names = ["$mod"]

    struct Test: ValueTest {
        var divisor: Int64
        var remainder: Int64
        var matchRank: Int { 11 }

        func matches(_ value: BSONValue?, _ position: inout Int?) -> Bool {
            guard let dividend = value.flatMap(Number.init)?.truncatedInt64 else { return false }
            return divisor == -1 ? remainder == 0 : dividend % divisor == remainder
        }
    }

    static func parse(_ clause: OperatorClause) throws(CommandError) -> (any Condition)? {
        guard case .array(let elements) = clause.argument else {
            throw CommandError(.badValue, "malformed mod, needs to be an array")
        }
        guard elements.count >= 2 else { throw CommandError(.badValue, "malformed mod, not enough elements") }
        guard elements.count == 2 else { throw CommandError(.badValue, "malformed mod, too many elements") }
        guard let divisor = Number(elements[0]) else {
            throw CommandError(.badValue, "malformed mod, divisor not a number")
        }
        let remainder = Number(elements[1])?.clampedInt64 ?? 0
        guard divisor.clampedInt64 != 0 else { throw CommandError(.badValue, "divisor cannot be 0") }
        return clause.condition(Test(divisor: divisor.clampedInt64, remainder: remainder))
    }
}

/// `$comment` inside of a field's document says nothing.
enum CommentOperator: FieldOperator {
    static let names = ["$comment"]

    static func parse(_ clause: OperatorClause) -> (any Condition)? { nil }
}
