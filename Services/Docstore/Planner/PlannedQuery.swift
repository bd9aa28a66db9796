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
            plan = Plan(accesses: text.accesses)
        } else if let hint {
            plan = try Self.hinted(hint, matcher.conjuncts, sort, collection)
        } else if let best = Self.best(matcher.conjuncts, sort, collection) {
            plan = best
        } else {
            let alternatives = matcher.alternatives?.map { Self.best($0, nil, collection)?.accesses } ?? [nil]
            let isEachIndexed = alternatives.allSatisfy { $0 != nil }
            plan = Plan(
                accesses: isEachIndexed ? alternatives.flatMap { $0 ?? [] } : [.collection(reverse: false)])
        }
    }

    private static func best(_ conjuncts: [Conjunct], _ sort: SortPattern?, _ collection: CollectionInfo) -> Plan? {
        var best: (score: Int, candidate: IndexCandidate)?
        for index in collection.indexes {
            guard let candidate = IndexCandidate(index, conjuncts), let score = candidate.score(for: sort) else {
                continue
            }
            if score > best?.score ?? 0 { best = (score, candidate) }
        }
        return best?.candidate.plan(for: sort)
    }

    private static func hinted(
        _ hint: BSONValue, _ conjuncts: [Conjunct], _ sort: SortPattern?, _ collection: CollectionInfo
    ) throws -> Plan {
        if let direction = hint.documentValue?["$natural"] {
            return Plan(accesses: [.collection(reverse: Number(direction)?.doubleValue ?? 1 < 0)])
        }
        let index = try collection.index(hint).orThrow(.badValue("the hint corresponds to no existing index: \(hint)"))
        // A sparse or partial index that was asked for answers with what it holds.
        return IndexCandidate(index, conjuncts)?.plan(for: sort)
            ?? Plan(accesses: [.index(IndexAccess(index: index))])
    }

    /// Whether the plan alone decides: nothing is asked, or only for plain values of fields that the index is held to.
    var isCovered: Bool {
        if filter.isEmpty { return true }
        guard case .index(let access)? = plan.accesses.first, !access.index.isMultikey, text == nil else {
            return false
        }
        let held = zip(access.index.fields, access.bounds).filter { $1.count == 1 && $1[0].isPoint }.map(\.0.path)
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
    var isPlain: Bool {
        switch self {
        case .objectID, .string, .int32, .int64, .date, .bool, .binary: true
        default: false
        }
    }
}
