import BSON

/// Chooses an index, by rule: the longest prefix of equalities wins, then a range, then the order.
enum Planner {
    /// - Parameter hint: an index's name or key pattern, or `$natural`.
    static func plan(
        _ matcher: Matcher, sort: SortPattern?, collection: CollectionInfo, hint: BSONValue? = nil
    ) throws -> Plan {
        let sort = sort.flatMap { $0.isEmpty ? nil : $0 }
        let conjuncts = matcher.conjuncts
        if let hint { return try hinted(hint, conjuncts, sort, collection) }
        if let best = best(conjuncts, sort, collection) { return best }
        if let alternatives = matcher.alternatives, let union = union(alternatives, sort, collection) { return union }
        return .collectionScan
    }

    private static func best(_ conjuncts: [Conjunct], _ sort: SortPattern?, _ collection: CollectionInfo) -> Plan? {
        var best: (score: Int, plan: Plan)?
        for index in collection.indexes {
            guard let candidate = IndexCandidate(index, conjuncts: conjuncts) else { continue }
            let order = candidate.order(for: sort)
            guard let score = candidate.score(providesSort: order.provided), score > best?.score ?? 0 else { continue }
            best = (score, Plan(access: candidate.access(reverse: order.reverse), providesSort: order.provided))
            if score == Int.max { break }
        }
        return best?.plan
    }

    private static func union(
        _ alternatives: [[Conjunct]], _ sort: SortPattern?, _ collection: CollectionInfo
    ) -> Plan? {
        var parts: [Plan.Access] = []
        for conjuncts in alternatives {
            guard let plan = best(conjuncts, nil, collection) else { return nil }
            parts.append(plan.access)
        }
        return Plan(access: .union(parts), providesSort: false)
    }

    private static func hinted(
        _ hint: BSONValue, _ conjuncts: [Conjunct], _ sort: SortPattern?, _ collection: CollectionInfo
    ) throws -> Plan {
        if case .document(let pattern) = hint, let direction = pattern["$natural"] {
            let reverse = (Number(direction)?.doubleValue ?? 1) < 0
            return Plan(access: .collection(reverse: reverse), providesSort: false)
        }
        let index = collection.indexes.first { index in
            switch hint {
            case .string(let name): index.name == name
            case .document(let pattern): index.hasKey(pattern)
            default: false
            }
        }
        guard let index else {
            throw CommandError(.badValue, "hint provided does not correspond to an existing index")
        }
        guard let candidate = IndexCandidate(index, conjuncts: conjuncts) else {
            // A sparse or partial index that was asked for answers with what it holds.
            let bare = IndexAccess(
                index: index, ranges: [KeyRange(lower: [], upper: [0xFF, 0xFF])], reverse: false, bounds: [])
            return Plan(access: .index(bare), providesSort: false)
        }
        let order = candidate.order(for: sort)
        return Plan(access: candidate.access(reverse: order.reverse), providesSort: order.provided)
    }
}
