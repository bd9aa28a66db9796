import BSON

/// The filter of a partial index: which documents it holds.
struct PartialFilter: Sendable {
    let filter: BSONDocument
    private let matcher: Matcher

    init(_ filter: BSONDocument) throws {
        self.filter = filter
        matcher = try Matcher(filter: filter)
    }

    func matches(_ document: BSONDocument) throws -> Bool { try matcher.matches(document) }

    /// Whether every document that fulfils the conjuncts of a query is certain to be in the index.
    func isImplied(by conjuncts: [Conjunct]) -> Bool {
        let own = matcher.conjuncts
        guard own.count == Self.conditions(in: filter) else { return false }
        return own.allSatisfy { wanted in
            conjuncts.contains { $0.path == wanted.path && $0.predicate.implies(wanted.predicate) }
        }
    }

    /// How many conditions a filter states: one that has no conjunct of its own is never taken for implied.
    private static func conditions(in filter: BSONDocument) -> Int {
        filter.elements.reduce(0) { count, element in
            switch element.value {
            case .array(let parts) where element.key == "$and":
                count + parts.compactMap(\.documentValue).reduce(0) { $0 + conditions(in: $1) }
            case .document(let operators) where operators.elements.first?.key.hasPrefix("$") == true:
                count + operators.count
            default: count + 1
            }
        }
    }
}

extension IndexablePredicate {
    /// Whether a value that fulfils this is certain to fulfil `other`.
    fileprivate func implies(_ other: IndexablePredicate) -> Bool {
        switch (self, other) {
        case (_, .exists): return !admitsMissing
        case (.equal(let mine), .equal(let wanted)): return MongoOrder.equal(mine, wanted)
        case (.equal(let mine), .less(let limit, let orEqual)), (.less(let mine, false), .less(let limit, let orEqual)):
            if case .less = self { return mine.orderRank == limit.orderRank && MongoOrder.compare(mine, limit) <= 0 }
            return mine.isBelow(limit, orEqual: orEqual)
        case (.less(let mine, true), .less(let limit, let orEqual)): return mine.isBelow(limit, orEqual: orEqual)
        case (.equal(let mine), .greater(let limit, let orEqual)): return mine.isAbove(limit, orEqual: orEqual)
        case (.greater(let mine, true), .greater(let limit, let orEqual)):
            return mine.isAbove(limit, orEqual: orEqual)
        case (.greater(let mine, false), .greater(let limit, _)):
            return mine.orderRank == limit.orderRank && MongoOrder.compare(mine, limit) >= 0
        case (.anyOf(let values), _): return !values.isEmpty && values.allSatisfy { Self.equal($0).implies(other) }
        default: return false
        }
    }
}

extension BSONValue {
    fileprivate func isBelow(_ limit: BSONValue, orEqual: Bool) -> Bool {
        let order = MongoOrder.compare(self, limit)
        return orderRank == limit.orderRank && !isArray && (order < 0 || (orEqual && order == 0))
    }

    fileprivate func isAbove(_ limit: BSONValue, orEqual: Bool) -> Bool {
        let order = MongoOrder.compare(self, limit)
        return orderRank == limit.orderRank && !isArray && (order > 0 || (orEqual && order == 0))
    }
}

extension PartialFilter {
    private static let operators: Set<String> = ["$eq", "$exists", "$gt", "$gte", "$lt", "$lte", "$type"]

    /// What a partial index may ask: comparisons, presence and types, joined by "and" at the top.
    static func isAllowed(_ filter: BSONDocument, isTop: Bool = true) -> Bool {
        filter.elements.allSatisfy { key, value in
            if key == "$and" {
                return isTop
                    && (value.arrayValue ?? []).allSatisfy { isAllowed($0.documentValue ?? ["$": 1], isTop: false) }
            }
            if key.hasPrefix("$") { return false }
            guard case .document(let inner) = value, inner.elements.first?.key.hasPrefix("$") == true else {
                if case .regex = value { return false }
                return true
            }
            return inner.elements.allSatisfy { name, operand in
                operators.contains(name) && !(name == "$exists" && !operand.isTruthy)
            }
        }
    }

    /// As MongoDB keeps it: bare values become `$eq`, several conditions an `$and`.
    static func normalized(_ filter: BSONDocument) -> BSONDocument {
        let conditions = conditions(of: filter)
        if conditions.count == 1 { return conditions[0] }
        if conditions.isEmpty { return [:] }
        return ["$and": .array(conditions.map { .document($0) })]
    }

    private static func conditions(of filter: BSONDocument) -> [BSONDocument] {
        filter.elements.flatMap { key, value -> [BSONDocument] in
            if key == "$and" { return (value.arrayValue ?? []).flatMap { conditions(of: $0.documentValue ?? [:]) } }
            guard case .document(let inner) = value, inner.elements.first?.key.hasPrefix("$") == true else {
                return [[key: ["$eq": value]]]
            }
            return inner.elements.map { name, operand in
                [key: .document([name: name == "$exists" ? true : operand])]
            }
        }
    }
}
