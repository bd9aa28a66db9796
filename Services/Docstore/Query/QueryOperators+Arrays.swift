import BSON

extension QueryOperators {
    static func size(_ clause: OperatorClause) throws(CommandError) -> (any Condition)? {
        let count = try OperatorClause.count(clause.argument, "Failed to parse $size")
        return clause.condition(
            PlainTest(matchRank: 4, leaf: .whole, refusal: "array length was not equal to given size") { value in
                value?.arrayValue?.count == count
            })
    }

    /// `$elemMatch`, of conditions on fields or of operators on the elements themselves.
    static func elementMatch(_ clause: OperatorClause) throws(CommandError) -> (any Condition)? {
        guard case .document(let document) = clause.argument else { throw .badValue("$elemMatch needs an Object") }
        let parser = QueryParser(context: clause.parser.context.ofElements())
        let isQuery = document.first.map { ["$and", "$or", "$nor"].contains($0.key) } ?? false
        if document.isOperators, !isQuery {
            let conditions = try parser.operators(document, on: clause.path)
            let condition = LogicalCondition.all(conditions)
            return clause.condition(ElementMatch(matchRank: 3, condition: condition, looksInside: false))
        }
        return clause.condition(ElementMatch(matchRank: 2, condition: try parser.parse(document), looksInside: true))
    }

    static func all(_ clause: OperatorClause) throws(CommandError) -> (any Condition)? {
        let elements = try clause.array()
        guard let first = elements.first else { return Never() }
        var parts: [any Condition] = []
        for element in elements {
            if first.elementMatch != nil {
                guard let argument = element.elementMatch else {
                    throw .badValue("$all/$elemMatch has to be consistent")
                }
                var inner = clause
                inner.name = "$elemMatch"
                inner.argument = argument
                if let part = try elementMatch(inner) { parts.append(part) }
            } else if case .document(let document) = element, document.isOperators {
                throw .badValue("no $ expressions in $all")
            } else {
                parts += try clause.parser.conditions(on: clause.path, element)
            }
        }
        return LogicalCondition.all(parts)
    }
}

/// `$elemMatch`: one element fulfils the whole condition.
struct ElementMatch: ValueTest {
    let matchRank: Int
    let condition: any Condition
    /// `{a: 1}` asks about fields: of an element that is a document, or an array, whose indexes are then keys.
    let looksInside: Bool

    var leaf: FieldPath.LeafArrays { .whole }
    var refusal: String { "array did not satisfy the child predicate" }

    func matches(_ value: BSONValue?, _ position: inout Int?) throws(CommandError) -> Bool {
        guard case .array(let elements)? = value else { return false }
        var ignored: Int?
        for (index, element) in elements.enumerated() {
            if looksInside {
                guard let document = element.asDocument, try condition.matches(document, &ignored) else { continue }
            } else {
                guard try condition.matches(element: element) else { continue }
            }
            position = index
            return true
        }
        return false
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

    /// The argument, when the value is `{$elemMatch: argument}`.
    fileprivate var elementMatch: BSONValue? {
        guard case .document(let document) = self, let first = document.first, first.key == "$elemMatch" else {
            return nil
        }
        return first.value
    }
}
