import BSON

/// A test of the values at a path.
struct PathCondition: Condition {
    var path: FieldPath
    var test: any ValueTest

    func matches(_ document: BSONDocument, _ position: inout Int?) throws(CommandError) -> Bool {
        if path.parts.count == 1 {
            // The common case, without the general walk.
            switch document[path.parts[0]] {
            case .array?: break
            case let value: return try test.matches(value, &position)
            }
        }
        var found = position
        let matched = try path.visit(document, leaf: test.leaf) { (value, index) throws(CommandError) in
            guard try test.matches(value, &found) else { return false }
            if let index { found = index }
            return true
        }
        if matched { position = found }
        return matched
    }

    func matches(element: BSONValue) throws(CommandError) -> Bool {
        var position: Int?
        return try test.matches(element, &position)
    }

    var matchOrder: MatchOrder { MatchOrder(rank: test.matchRank, path: path.description) }

    var conjuncts: [(path: String, predicate: IndexablePredicate)] {
        let name = path.description
        return test.predicates.map { (name, $0) }
    }
}

/// What an operator asks of a single value.
protocol ValueTest: Sendable {
    /// How the test wants to see an array at the end of its path.
    var leaf: FieldPath.LeafArrays { get }
    /// The operator's place in MongoDB's order of conditions.
    var matchRank: Int { get }
    var predicates: [IndexablePredicate] { get }

    /// - Parameter value: nil where the path is missing.
    func matches(_ value: BSONValue?, _ position: inout Int?) throws(CommandError) -> Bool
}

extension ValueTest {
    var leaf: FieldPath.LeafArrays { .traverse }
    var predicates: [IndexablePredicate] { [] }
}
