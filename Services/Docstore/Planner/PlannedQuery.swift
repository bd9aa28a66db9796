import BSON

/// How the documents of a query are found. The matcher still looks at each.
struct Plan {
    struct Access {
        /// nil: the whole collection, in natural order.
        let index: IndexInfo?
        var ranges = [KeyRange.all]
        var reverse = false
        var bounds: [[KeyRange]] = []
    }

    /// Read one after the other. None: nothing can match. Several: the alternatives of an `$or`; a document found by
    /// several counts once.
    let accesses: [Access]
    var providesSort = false

    var indexes: Set<Int> { Set(accesses.compactMap(\.index?.number)) }
}

/// A query with the plan chosen for it, by rule: the longest prefix of equalities wins, then a range, then the order.
struct PlannedQuery {
    let query: Query
    let collection: CollectionInfo
    let text: TextSearch?
    let plan: Plan

    init(_ query: Query, in collection: CollectionInfo) throws {
        self.query = query
        self.collection = collection
        let (matcher, sort) = (query.matcher, query.sort)
        text = try matcher.textQuery.map { try TextSearch($0, collection: collection) }
        if let text {
            plan = Plan(accesses: [text.access])
        } else if let hint = query.hint {
            plan = try Self.hinted(hint, query, collection)
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

    private static func hinted(_ hint: BSONValue, _ query: Query, _ collection: CollectionInfo) throws -> Plan {
        if let direction = hint.documentValue?["$natural"] {
            return Plan(accesses: [.init(index: nil, reverse: Number(direction)?.doubleValue ?? 1 < 0)])
        }
        let index = try collection.index(hint).orThrow(.badValue("the hint corresponds to no existing index: \(hint)"))
        // A sparse or partial index that was asked for answers with what it holds.
        let candidate = IndexCandidate(index, query.matcher.conjuncts)
        return candidate?.plan(for: query.sort) ?? Plan(accesses: [.init(index: index)])
    }

    /// Whether the plan alone decides: nothing is asked, or only for plain values of fields that the index is held to.
    var isCovered: Bool {
        if query.filter.isEmpty { return true }
        guard let access = plan.accesses.first, let index = access.index, !index.isMultikey, text == nil else {
            return false
        }
        let held = zip(index.fields, access.bounds).filter { $1.count == 1 && $1[0].isPoint }.map(\.0.path)
        return query.filter.elements.allSatisfy { held.contains($0.key) && $0.value.isPlain }
    }
}
