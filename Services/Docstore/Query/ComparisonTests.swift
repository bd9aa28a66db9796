import BSON

/// `$eq`, `$gt`, `$gte`, `$lt`, `$lte`: within the kind of the value that is compared with.
struct Comparison: ValueTest {
    enum Relation: Int { case equal = 5, lessOrEqual, less, greater, greaterOrEqual }

    var relation: Relation
    var value: BSONValue

    var matchRank: Int { relation.rawValue }

    func matches(_ candidate: BSONValue?, _ position: inout Int?) -> Bool {
        let rank = candidate?.orderRank ?? 0
        guard rank == value.orderRank, let candidate else { return matchesAcrossKinds(rank) }
        if relation != .equal, rank == 10, let left = Number(candidate), let right = Number(value),
            left.isNaN || right.isNaN
        {
            return left.isNaN && right.isNaN && (relation == .lessOrEqual || relation == .greaterOrEqual)
        }
        let order = MongoOrder.compare(candidate, value)
        return switch relation {
        case .equal: order == 0
        case .lessOrEqual: order <= 0
        case .less: order < 0
        case .greater: order > 0
        case .greaterOrEqual: order >= 0
        }
    }

    /// Null equals missing and undefined; MinKey and MaxKey compare with every kind.
    private func matchesAcrossKinds(_ rank: Int) -> Bool {
        if rank + value.orderRank == 5 {
            return relation == .equal || relation == .lessOrEqual || relation == .greaterOrEqual
        }
        return switch relation {
        case .less, .lessOrEqual: value == .maxKey
        case .greater, .greaterOrEqual: value == .minKey
        case .equal: false
        }
    }

    var predicates: [IndexablePredicate] {
        if let number = Number(value), number.isNaN, relation != .equal { return [] }
        return switch relation {
        case .equal: [.equal(value)]
        case .lessOrEqual: [.less(value, orEqual: true)]
        case .less: [.less(value, orEqual: false)]
        case .greater: [.greater(value, orEqual: false)]
        case .greaterOrEqual: [.greater(value, orEqual: true)]
        }
    }
}

/// `$in`: equal to one of the values, or matched by one of the regular expressions.
struct Membership: ValueTest {
    private let values: [BSONValue]
    private let keys: Set<ValueKey>
    private let holdsNull: Bool
    private let patterns: [RegexTest]

    init(values: [BSONValue], patterns: [RegexTest]) {
        self.values = values
        self.patterns = patterns
        holdsNull = values.contains(.null)
        // A handful is faster to compare than to hash.
        keys = values.count > 8 ? Set(values.map(ValueKey.init)) : []
    }

    var matchRank: Int { 13 }

    func matches(_ value: BSONValue?, _ position: inout Int?) throws(CommandError) -> Bool {
        guard let value else { return holdsNull }
        if keys.isEmpty ? contains(value) : keys.contains(ValueKey(value)) { return true }
        for pattern in patterns where try pattern.matches(value, &position) { return true }
        return false
    }

    private func contains(_ value: BSONValue) -> Bool {
        values.contains { MongoOrder.equal($0, value) }
    }

    var predicates: [IndexablePredicate] { patterns.isEmpty ? [.anyOf(values)] : [] }
}
