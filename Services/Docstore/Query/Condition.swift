import BSON

protocol Condition: Sendable {
    /// - Parameter position: set to the index of the array element that fulfilled the condition, where one did.
    func matches(_ document: BSONDocument, _ position: inout Int?) throws -> Bool

    /// MongoDB looks at the parts of a conjunction in this order; with `$` updates it shows.
    var matchOrder: (rank: Int, path: String) { get }

    /// Predicates that every match fulfils, for the choice of an index.
    var conjuncts: [Conjunct] { get }
    var textQuery: TextQuery? { get }

    /// - Returns: nil when the document matches, else why not, as `errInfo` shows it.
    func explanation(for document: BSONDocument) throws -> BSONDocument?
}

extension Condition {
    var conjuncts: [Conjunct] { [] }
    var textQuery: TextQuery? { nil }

    func explanation(for document: BSONDocument) throws -> BSONDocument? {
        var position: Int?
        return try matches(document, &position) ? nil : ["reason": "expression did not match"]
    }
}

/// A condition on a document as a whole: `$expr`, `$text`, and what nothing matches.
struct DocumentCondition: Condition {
    let rank: Int
    var textQuery: TextQuery?
    let holds: @Sendable (BSONDocument) throws -> Bool

    func matches(_ document: BSONDocument, _ position: inout Int?) throws -> Bool { try holds(document) }

    var matchOrder: (rank: Int, path: String) { (rank, "") }
}

/// `$and` (also the fields of a query side by side), `$or` and `$nor`; of one part also `$not`, `$ne` and `$nin`.
struct LogicalCondition: Condition {
    /// By their places in MongoDB's order of conditions.
    enum Operation: Int { case and = 0, or = 1, nor = 30 }

    let operation: Operation
    let parts: [any Condition]

    /// Conjunctions in conjunctions are one, in MongoDB's order.
    static func all(_ parts: [any Condition]) -> any Condition {
        if parts.count == 1 { return parts[0] }
        let flat = parts.flatMap { part in
            if let inner = part as? LogicalCondition, inner.operation == .and { inner.parts } else { [part] }
        }
        return LogicalCondition(operation: .and, parts: flat.sorted { $0.matchOrder < $1.matchOrder })
    }

    func matches(_ document: BSONDocument, _ position: inout Int?) throws -> Bool {
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

    var matchOrder: (rank: Int, path: String) { (operation.rawValue, "") }
    var conjuncts: [Conjunct] { operation == .and ? parts.flatMap(\.conjuncts) : [] }
    var textQuery: TextQuery? { operation == .and ? parts.lazy.compactMap(\.textQuery).first : nil }

    func explanation(for document: BSONDocument) throws -> BSONDocument? {
        var position: Int?
        if try matches(document, &position) { return nil }
        var clauses: [BSONValue] = []
        for (index, part) in parts.enumerated() {
            let details = try part.explanation(for: document)
            guard (details == nil) == (operation == .nor) else { continue }
            let more: BSONDocument = details.map { ["details": .document($0)] } ?? [:]
            clauses.append(.document(["index": .int32(Int32(index))] + more))
        }
        let list = operation == .nor ? "clausesSatisfied" : "clausesNotSatisfied"
        return ["operatorName": .string("$\(operation)"), list: .array(clauses)]
    }
}
