import BSON

/// Chooses an index, by rule: the longest prefix of equalities wins, then a range, then the order.
struct Planner {
    let collection: CollectionInfo
    let sort: SortPattern?

    /// - Parameter hint: an index's name or key pattern, or `$natural`.
    func plan(_ matcher: Matcher, hint: BSONValue?) throws -> Plan {
        if let hint { return try hinted(hint, matcher.conjuncts) }
        if let best = best(matcher.conjuncts, sort) { return best }
        let parts = matcher.alternatives?.map { best($0, nil)?.access } ?? [nil]
        if parts.contains(where: { $0 == nil }) { return Plan(access: .collection(reverse: false)) }
        return Plan(access: .union(parts.compactMap(\.self)))
    }

    private func best(_ conjuncts: [Conjunct], _ sort: SortPattern?) -> Plan? {
        var best: (score: Int, candidate: IndexCandidate)?
        for index in collection.indexes {
            guard let candidate = IndexCandidate(index, conjuncts), let score = candidate.score(for: sort) else {
                continue
            }
            if score > best?.score ?? 0 { best = (score, candidate) }
        }
        return best?.candidate.plan(for: sort)
    }

    private func hinted(_ hint: BSONValue, _ conjuncts: [Conjunct]) throws -> Plan {
        if let direction = hint.documentValue?["$natural"] {
            return Plan(access: .collection(reverse: Number(direction)?.doubleValue ?? 1 < 0))
        }
        let index = collection.indexes.first { index in
            hint == .string(index.name) || hint.documentValue.map(index.hasKey) == true
        }
        guard let index else {
            throw CommandError(.badValue, "hint provided does not correspond to an existing index")
        }
        // A sparse or partial index that was asked for answers with what it holds.
        return IndexCandidate(index, conjuncts)?.plan(for: sort) ?? Plan(access: .index(IndexAccess(index: index)))
    }
}
