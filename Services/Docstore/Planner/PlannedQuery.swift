import BSON

/// A query with the plan chosen for it, by rule: the longest prefix of equalities wins, then a range, then the order.
struct PlannedQuery {
    let collection: CollectionInfo
    let filter: BSONDocument
    let matcher: Matcher
    let text: TextSearch?
    let plan: Plan

    /// - Parameter hint: an index's name or key pattern, or `$natural`.
    init(
        _ filter: BSONDocument, _ matcher: Matcher, sort: SortPattern? = nil, hint: BSONValue? = nil,
        in collection: CollectionInfo
    ) throws {
        self.collection = collection
        self.filter = filter
        self.matcher = matcher
        text = try matcher.textQuery.map { try TextSearch($0, collection: collection) }
        if let text {
            plan = Plan(accesses: [text.access])
        } else if let hint {
            plan = try Self.hinted(hint, matcher.conjuncts, sort, collection)
        } else if let best = Self.best(matcher.conjuncts, sort, collection) {
            plan = best
        } else {
            // Each alternative by an index of its own, if all have one.
            let alternatives = (matcher.alternatives ?? []).map { Self.best($0, nil, collection)?.accesses }
            let indexed = alternatives.compactMap { $0 }
            let isEachIndexed = !indexed.isEmpty && indexed.count == alternatives.count
            plan = Plan(accesses: isEachIndexed ? indexed.flatMap { $0 } : [Plan.Access(index: nil)])
        }
    }

    private static func best(_ conjuncts: [Conjunct], _ sort: SortPattern?, _ collection: CollectionInfo) -> Plan? {
        let candidates = collection.indexes.compactMap { IndexCandidate($0, conjuncts) }
        let best = candidates.map { (score: $0.score(for: sort), candidate: $0) }.max { $0.score < $1.score }
        return best.flatMap { $0.score > 0 ? $0.candidate.plan(for: sort) : nil }
    }

    private static func hinted(
        _ hint: BSONValue, _ conjuncts: [Conjunct], _ sort: SortPattern?, _ collection: CollectionInfo
    ) throws -> Plan {
        if let direction = hint.documentValue?["$natural"] {
            return Plan(accesses: [.init(index: nil, reverse: Number(direction)?.doubleValue ?? 1 < 0)])
        }
        let index = try collection.index(hint).orThrow(.badValue("the hint corresponds to no existing index: \(hint)"))
        // A sparse or partial index that was asked for answers with what it holds.
        return IndexCandidate(index, conjuncts)?.plan(for: sort) ?? Plan(accesses: [.init(index: index)])
    }

    /// Whether the plan alone decides: nothing is asked, or only for plain values of fields that the index is held to.
    var isCovered: Bool {
        if filter.isEmpty { return true }
        guard let access = plan.accesses.first, let index = access.index, !index.isMultikey, text == nil else {
            return false
        }
        let held = zip(index.fields, access.bounds).filter { $1.count == 1 && $1[0].isPoint }.map(\.0.path)
        return filter.elements.allSatisfy { held.contains($0.key) && $0.value.isPlain }
    }
}

extension BSONDocument {
    /// The `_id` that is all the query asks for: then there is nothing to plan, and no array to find a position in.
    var plainID: BSONValue? {
        guard count == 1, let first, first.key == "_id", first.value.isPlain else { return nil }
        return first.value
    }
}

extension BSONValue {
    /// A value that only an equal one matches, and whose key no other value has.
    fileprivate var isPlain: Bool {
        switch self {
        case .objectID, .string, .int32, .int64, .date, .bool, .binary: true
        default: false
        }
    }
}
