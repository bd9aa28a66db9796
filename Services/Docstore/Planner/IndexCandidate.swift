import BSON

/// What one index can do for a query.
struct IndexCandidate {
    private let index: IndexInfo
    private var bounds: [[KeyRange]] = []
    private var isEmpty = false

    /// Lists on several fields multiply each other; one list alone may be as long as it likes.
    private static let maximumRanges = 1000

    /// - Returns: nil when the index may lack documents that match.
    init?(_ index: IndexInfo, _ conjuncts: [Conjunct]) {
        guard !index.isText, Self.isComplete(index, for: conjuncts) else { return nil }
        self.index = index
        var roots: Set<String> = []
        var combinations = 1
        for field in index.fields {
            // Two bounds below one array may be met by different elements.
            if index.isMultikey, !roots.insert(field.parts[0]).inserted { break }
            guard let ranges = ranges(on: field.path, conjuncts) else { break }
            isEmpty = ranges.isEmpty
            combinations *= ranges.count
            if isEmpty || combinations > max(Self.maximumRanges, ranges.count) { break }
            bounds.append(ranges)
            if !ranges.allSatisfy(\.isPoint) { break }
        }
    }

    /// The ranges of all predicates on a path. A multikey index may use one of them only: others may be met by other
    /// elements.
    private func ranges(on path: String, _ conjuncts: [Conjunct]) -> [KeyRange]? {
        let usable = conjuncts.filter { $0.path == path }.compactMap { $0.predicate.ranges }
        guard let first = usable.first else { return nil }
        if index.isMultikey { return usable.first { $0.allSatisfy(\.isPoint) } ?? first }
        return usable.dropFirst().reduce(first) { result, next in
            result.flatMap { range in next.map(range.intersection).filter { !$0.isEmpty } }
        }
    }

    private static func isComplete(_ index: IndexInfo, for conjuncts: [Conjunct]) -> Bool {
        if let partial = index.partialFilter, !partial.isImplied(by: conjuncts) { return false }
        if !index.isSparse { return true }
        return index.fields.contains { field in
            conjuncts.contains { $0.path == field.path && !$0.predicate.admitsMissing }
        }
    }

    /// Larger is better; 0 when reading the whole collection is as good.
    func score(for sort: SortPattern?) -> Int {
        if isEmpty { return Int.max }
        if index.isUnique, singles == index.fields.count { return 1_000_000 }
        let points = bounds.prefix { $0.allSatisfy(\.isPoint) }.count
        let narrowing = points * 10 + (bounds.count > points ? 4 : 0)
        let isSorted = order(for: sort).isProvided
        return narrowing == 0 ? (isSorted ? 1 : 0) : narrowing + (isSorted ? 3 : 0)
    }

    func plan(for sort: SortPattern?) -> Plan {
        let (isSorted, reverse) = order(for: sort)
        var ranges = [KeyRange(lower: [], upper: [])]
        for (field, bounds) in zip(index.fields, bounds) {
            let pieces = field.isDescending ? bounds.reversed().map(\.inverted) : bounds
            ranges = ranges.flatMap { range in
                pieces.map { KeyRange(lower: range.lower + $0.lower, upper: range.lower + $0.upper) }
            }
        }
        if bounds.isEmpty { ranges = [.all] }
        if reverse { ranges.reverse() }
        let access = Plan.Access(index: index, ranges: ranges, reverse: reverse, bounds: bounds)
        return Plan(accesses: isEmpty ? [] : [access], providesSort: isSorted)
    }

    private var singles: Int { bounds.prefix { $0.count == 1 && $0[0].isPoint }.count }

    /// Whether the index gives `sort`'s order, and whether read backwards.
    private func order(for sort: SortPattern?) -> (isProvided: Bool, isReverse: Bool) {
        guard let sort, !sort.isEmpty, !index.isMultikey else { return (false, false) }
        let fixed = Set(index.fields.prefix(singles).map(\.path))
        let wanted = sort.parts.filter { !fixed.contains($0.path.description) }
        let fields = index.fields.dropFirst(singles)
        guard wanted.count <= fields.count else { return (false, false) }
        let pairs = Array(zip(wanted, fields))
        let isReverse = pairs.first.map { $0.ascending == $1.isDescending } ?? false
        let fits = pairs.allSatisfy { part, field in
            part.path.description == field.path && !part.isTextScore
                && (part.ascending == field.isDescending) == isReverse
        }
        return (fits, fits && isReverse)
    }
}
