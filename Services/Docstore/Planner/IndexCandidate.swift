import BSON

typealias Conjunct = (path: String, predicate: IndexablePredicate)

/// What one index can do for a query.
struct IndexCandidate {
    let index: IndexInfo
    /// Ranges of each leading field that has any.
    private(set) var bounds: [[ValueRange]] = []
    private(set) var isEmpty = false

    private static let maximumRanges = 1000

    /// - Returns: nil when the index may lack documents that match.
    init?(_ index: IndexInfo, conjuncts: [Conjunct]) {
        guard !index.isText, Self.isComplete(index, for: conjuncts) else { return nil }
        self.index = index
        var roots: Set<String> = []
        var combinations = 1
        for field in index.fields {
            let root = field.parts[0]
            if index.isMultikey, roots.contains(root) { break }
            guard let ranges = ranges(on: field.path, conjuncts) else { break }
            guard !ranges.isEmpty else {
                isEmpty = true
                return
            }
            combinations *= ranges.count
            if combinations > Self.maximumRanges { break }
            bounds.append(ranges)
            roots.insert(root)
            if !ranges.allSatisfy(\.isPoint) { break }
        }
    }

    /// The ranges of all predicates on a path. A multikey index may use one of them only: others may be met by other
    /// elements.
    private func ranges(on path: String, _ conjuncts: [Conjunct]) -> [ValueRange]? {
        let usable = conjuncts.filter { $0.path == path }.compactMap { $0.predicate.ranges }
        guard let first = usable.first else { return nil }
        if index.isMultikey {
            return usable.first { $0.allSatisfy(\.isPoint) } ?? first
        }
        return usable.dropFirst().reduce(first) { result, next in
            result.flatMap { range in next.compactMap { range.intersection($0) } }
        }
    }

    /// Whether every document that matches is in the index.
    private static func isComplete(_ index: IndexInfo, for conjuncts: [Conjunct]) -> Bool {
        if let partial = index.partialFilter, !partial.isImplied(by: conjuncts) { return false }
        guard index.isSparse else { return true }
        return index.fields.contains { field in
            conjuncts.contains { $0.path == field.path && !$0.predicate.admitsMissing }
        }
    }

    private var points: Int { bounds.prefix { $0.allSatisfy(\.isPoint) }.count }
    private var singles: Int { bounds.prefix { $0.count == 1 && $0[0].isPoint }.count }

    /// - Returns: whether the index gives `sort`'s order, and whether read backwards.
    func order(for sort: SortPattern?) -> (provided: Bool, reverse: Bool) {
        guard let sort, !sort.isEmpty, !index.isMultikey else { return (false, false) }
        let fixed = Set(index.fields.prefix(singles).map(\.path))
        let wanted = sort.parts.filter { !fixed.contains($0.path.description) }
        var reverse: Bool?
        var position = 0
        for field in index.fields.dropFirst(singles) {
            guard position < wanted.count else { break }
            let part = wanted[position]
            guard part.path.description == field.path, !part.isTextScore else { return (false, false) }
            let backwards = part.ascending == field.isDescending
            if let reverse, reverse != backwards { return (false, false) }
            reverse = backwards
            position += 1
        }
        return (position == wanted.count, reverse ?? false)
    }

    /// Larger is better; nil when reading the whole collection is as good.
    func score(providesSort: Bool) -> Int? {
        if isEmpty { return Int.max }
        let equal = points
        if index.isUnique, singles == index.fields.count { return 1_000_000 }
        let range = bounds.count > equal ? 1 : 0
        let narrowing = equal * 10 + range * 4
        if narrowing == 0 { return providesSort ? 1 : nil }
        return narrowing + (providesSort ? 3 : 0)
    }

    func access(reverse: Bool) -> Plan.Access {
        if isEmpty { return .nothing }
        var ranges = [KeyRange(lower: [], upper: [])]
        for (position, field) in index.fields.enumerated() where position < bounds.count {
            let pieces = bounds[position].map { $0.bytes(descending: field.isDescending) }
            let ordered = field.isDescending ? pieces.reversed() : pieces
            ranges = ranges.flatMap { range in
                ordered.map { KeyRange(lower: range.lower + $0.lower, upper: range.lower + $0.upper) }
            }
        }
        if bounds.isEmpty { ranges = [KeyRange(lower: [], upper: [0xFF, 0xFF])] }
        return .index(
            IndexAccess(index: index, ranges: reverse ? ranges.reversed() : ranges, reverse: reverse, bounds: bounds))
    }
}
