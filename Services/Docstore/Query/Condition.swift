import BSON

/// A part of a query that a document fulfils or not.
protocol Condition: Sendable {
    /// - Parameter position: set to the index of the array element that fulfilled the condition, where one did.
    func matches(_ document: BSONDocument, _ position: inout Int?) throws(CommandError) -> Bool

    /// MongoDB looks at the parts of a conjunction in this order; with `$` updates it shows.
    var matchOrder: (rank: Int, path: String) { get }

    /// Predicates that every match fulfils, for the choice of an index.
    var conjuncts: [(path: String, predicate: IndexablePredicate)] { get }

    var textQuery: TextQuery? { get }

    /// - Returns: nil when the document matches, else why not, as `errInfo` shows it.
    func explanation(for document: BSONDocument) throws(CommandError) -> BSONDocument?
}

extension Condition {
    var conjuncts: [(path: String, predicate: IndexablePredicate)] { [] }
    var textQuery: TextQuery? { nil }

    func explanation(for document: BSONDocument) throws(CommandError) -> BSONDocument? {
        var position: Int?
        return try matches(document, &position) ? nil : ["reason": "expression did not match"]
    }
}

/// A condition on a document as a whole: `$expr`, `$text`, and what nothing matches.
struct DocumentCondition: Condition {
    let rank: Int
    var textQuery: TextQuery?
    let holds: @Sendable (BSONDocument) throws(CommandError) -> Bool

    func matches(_ document: BSONDocument, _ position: inout Int?) throws(CommandError) -> Bool { try holds(document) }

    var matchOrder: (rank: Int, path: String) { (rank, "") }
}

/// `$and` (also the fields of a query side by side), `$or` and `$nor`; of one part also `$not`, `$ne` and `$nin`.
struct LogicalCondition: Condition {
    enum Operation: String { case and = "$and", or = "$or", nor = "$nor" }

    let operation: Operation
    let parts: [any Condition]

    init(_ operation: Operation, _ parts: [any Condition]) {
        self.operation = operation
        self.parts = parts
    }

    /// What all parts fulfil: conjunctions in conjunctions are one, in MongoDB's order.
    static func all(_ parts: [any Condition]) -> any Condition {
        let flat = parts.flatMap { part in
            if let inner = part as? LogicalCondition, inner.operation == .and { inner.parts } else { [part] }
        }
        if flat.count == 1 { return flat[0] }
        let order = flat.enumerated().sorted { left, right in
            let first = left.element.matchOrder
            let second = right.element.matchOrder
            return (first.rank, first.path, left.offset) < (second.rank, second.path, right.offset)
        }
        return LogicalCondition(.and, order.map(\.element))
    }

    /// Whether all parts have to match.
    var isConjunction: Bool { operation == .and }

    func matches(_ document: BSONDocument, _ position: inout Int?) throws(CommandError) -> Bool {
        guard operation == .and else {
            // As in MongoDB, alternatives and negations say nothing about the position.
            var ignored: Int?
            for part in parts where try part.matches(document, &ignored) { return operation == .or }
            return operation == .nor
        }
        for part in parts where try !part.matches(document, &position) {
            position = nil
            return false
        }
        return true
    }

    var matchOrder: (rank: Int, path: String) {
        switch operation {
        case .and: (0, "")
        case .or: (1, "")
        case .nor: (30, "")
        }
    }

    var conjuncts: [(path: String, predicate: IndexablePredicate)] {
        isConjunction ? parts.flatMap(\.conjuncts) : []
    }

    var textQuery: TextQuery? { operation == .and ? parts.lazy.compactMap(\.textQuery).first : nil }

    func explanation(for document: BSONDocument) throws(CommandError) -> BSONDocument? {
        var position: Int?
        if try matches(document, &position) { return nil }
        var clauses: [BSONValue] = []
        for (index, part) in parts.enumerated() {
            let details = try part.explanation(for: document)
            if operation == .nor {
                if details == nil { clauses.append(["index": .int32(Int32(index))]) }
            } else if let details {
                clauses.append(["index": .int32(Int32(index)), "details": .document(details)])
            }
        }
        let list = operation == .nor ? "clausesSatisfied" : "clausesNotSatisfied"
        return ["operatorName": .string(operation.rawValue), list: .array(clauses)]
    }
}
