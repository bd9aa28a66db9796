import BSON

/// `$size`.
enum SizeOperator: FieldOperator {
    static let names = ["$size"]

    struct Test: ValueTest {
        var count: Int
        var leaf: FieldPath.LeafArrays { .whole }
        var matchRank: Int { 4 }

        func matches(_ value: BSONValue?, _ position: inout Int?) -> Bool {
            guard case .array(let elements)? = value else { return false }
            return elements.count == count
        }
    }

    static func parse(_ clause: OperatorClause) throws(CommandError) -> (any Condition)? {
        guard let number = Number(clause.argument) else {
            throw CommandError(.badValue, "Failed to parse $size. Expected a number in: $size: \(clause.argument)")
        }
        guard let count = number.exactInt64.flatMap(Int32.init(exactly:)) else {
            throw CommandError(.badValue, "Failed to parse $size. Expected an integer: $size: \(clause.argument)")
        }
        guard count >= 0 else {
            throw CommandError(.badValue, "Failed to parse $size. Expected a non-negative number in: $size: \(count)")
        }
        return clause.condition(Test(count: Int(count)))
    }
}

/// `$elemMatch`, of conditions on fields or of operators on the elements themselves.
enum ElemMatchOperator: FieldOperator {
    static let names = ["$elemMatch"]

    /// `$elemMatch: {a: 1}`: an element that is a document (or an array, whose indexes are then keys) matches.
    struct Documents: ValueTest {
        var condition: any Condition
        var leaf: FieldPath.LeafArrays { .whole }
        var matchRank: Int { 2 }

        func matches(_ value: BSONValue?, _ position: inout Int?) throws(CommandError) -> Bool {
            guard case .array(let elements)? = value else { return false }
            var ignored: Int?
            for (index, element) in elements.enumerated() {
                guard let document = element.asDocument, try condition.matches(document, &ignored) else { continue }
                position = index
                return true
            }
            return false
        }
    }

    /// `$elemMatch: {$gt: 1}`.
    struct Values: ValueTest {
        var conditions: [any Condition]
        var leaf: FieldPath.LeafArrays { .whole }
        var matchRank: Int { 3 }

        func matches(_ value: BSONValue?, _ position: inout Int?) throws(CommandError) -> Bool {
            guard case .array(let elements)? = value else { return false }
            elements: for (index, element) in elements.enumerated() {
                for condition in conditions where try !condition.matches(element: element) { continue elements }
                position = index
                return true
            }
            return false
        }
    }

    static func parse(_ clause: OperatorClause) throws(CommandError) -> (any Condition)? {
        guard case .document(let document) = clause.argument else {
            throw CommandError(.badValue, "$elemMatch needs an Object")
        }
        var parser = clause.parser
        parser.context.allowsText = false
        parser.context.allowsExpressions = false
        if document.isOperators, !isQuery(document) {
            let conditions = try parser.operators(document, on: clause.path)
            return clause.condition(Values(conditions: conditions))
        }
        return clause.condition(Documents(condition: try parser.parse(document, isTop: false)))
    }

    private static func isQuery(_ document: BSONDocument) -> Bool {
        ["$and", "$or", "$nor", "$where"].contains(document.elements[0].key)
    }
}

extension BSONValue {
    /// A document, or an array seen as one whose keys are its indexes.
    var asDocument: BSONDocument? {
        switch self {
        case .document(let document): document
        case .array(let elements):
            BSONDocument(elements: elements.enumerated().map { (key: String($0.offset), value: $0.element) })
        default: nil
        }
    }
}

/// `$all`.
enum AllOperator: FieldOperator {
    static let names = ["$all"]

    static func parse(_ clause: OperatorClause) throws(CommandError) -> (any Condition)? {
        let elements = try clause.array()
        guard let first = elements.first else { return Constant(value: false) }
        var parts: [any Condition] = []
        let allElemMatch = first.isElemMatch
        for element in elements {
            if allElemMatch {
                guard case .document(let document) = element, element.isElemMatch, let argument = document.first?.value
                else { throw CommandError(.badValue, "$all/$elemMatch has to be consistent") }
                var inner = clause
                inner.name = "$elemMatch"
                inner.argument = argument
                if let part = try ElemMatchOperator.parse(inner) { parts.append(part) }
                continue
            }
            if case .document(let document) = element, document.isOperators {
                throw CommandError(.badValue, "no $ expressions in $all")
            }
            guard element != .undefined else { throw CommandError(.badValue, "cannot compare to undefined") }
            parts += try clause.parser.conditions(on: clause.path.description, element)
        }
        return Conjunction.of(parts)
    }
}

extension BSONValue {
    fileprivate var isElemMatch: Bool {
        if case .document(let document) = self { return document.first?.key == "$elemMatch" }
        return false
    }
}
