import BSON

struct PartialFilter: Sendable {
    private static let operators: Set<String> = ["$eq", "$exists", "$gt", "$gte", "$lt", "$lte", "$type"]

    private let matcher: Matcher
    /// How many conditions it states: one that gives no conjunct is never taken for implied.
    private let conditionCount: Int

    init(_ filter: BSONDocument) throws {
        matcher = try Matcher(filter: filter)
        conditionCount = Self.conditions(of: filter).count
    }

    func matches(_ document: BSONDocument) throws -> Bool { try matcher.matches(document) }

    /// Whether every document that fulfils the conjuncts of a query is certain to be in the index.
    func isImplied(by conjuncts: [Conjunct]) -> Bool {
        let own = matcher.conjuncts
        return own.count == conditionCount
            && own.allSatisfy { wanted in
                conjuncts.contains { $0.path == wanted.path && $0.predicate.implies(wanted.predicate) }
            }
    }

    /// What a partial index may ask: comparisons, presence and types, joined by "and" at the top.
    static func isAllowed(_ filter: BSONDocument, isTop: Bool = true) -> Bool {
        filter.elements.allSatisfy { key, value in
            if key == "$and", isTop {
                return (value.arrayValue ?? []).allSatisfy { isAllowed($0.documentValue ?? ["$": 1], isTop: false) }
            }
            if key.hasPrefix("$") { return false }
            if case .regex = value { return false }
            guard case .document(let inner) = value, inner.isOperators else { return true }
            return inner.elements.allSatisfy { name, operand in
                operators.contains(name) && (name != "$exists" || operand.isTruthy)
            }
        }
    }

    /// As MongoDB keeps it: bare values become `$eq`, several conditions an `$and`.
    static func normalized(_ filter: BSONDocument) -> BSONDocument {
        let conditions = conditions(of: filter)
        if conditions.count < 2 { return conditions.first ?? [:] }
        return ["$and": .documents(conditions)]
    }

    private static func conditions(of filter: BSONDocument) -> [BSONDocument] {
        filter.elements.flatMap { key, value -> [BSONDocument] in
            if key == "$and" { return (value.arrayValue ?? []).flatMap { conditions(of: $0.documentValue ?? [:]) } }
            guard case .document(let inner) = value, inner.isOperators else { return [[key: ["$eq": value]]] }
            return inner.elements.map { [key: .document([$0: $0 == "$exists" ? true : $1])] }
        }
    }
}
