import BSON

/// A test of the values at a path.
struct PathCondition: Condition {
    /// Without parts the only value of the document is meant, as it is: an element, for `$elemMatch: {$gt: 1}`.
    let path: FieldPath
    let test: any ValueTest
    /// The operator as the query has it, for explanations; without a name a value that is to be equal.
    let name: String?
    let argument: BSONValue

    func matches(_ document: BSONDocument, _ position: inout Int?) throws(CommandError) -> Bool {
        guard !path.parts.isEmpty else { return try test.matches(document.first?.value, &position) }
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

    var matchOrder: (rank: Int, path: String) { (test.matchRank, path.description) }

    var conjuncts: [(path: String, predicate: IndexablePredicate)] {
        let name = path.description
        return test.predicates.map { (name, $0) }
    }

    func explanation(for document: BSONDocument) throws(CommandError) -> BSONDocument? {
        var position: Int?
        if try matches(document, &position) { return nil }
        var values: [BSONValue] = []
        _ = try path.visit(document, leaf: test.leaf) { (value, _) throws(CommandError) in
            if let value { values.append(value) }
            return false
        }
        var details: BSONDocument = [
            "operatorName": .string(name ?? "$eq"),
            "specifiedAs": [path.description: name.map { [$0: argument] } ?? argument],
            "reason": .string(values.isEmpty ? "field was missing" : test.refusal),
        ]
        if values.count == 1 { details.append("consideredValue", values[0]) }
        if values.count > 1 { details.append("consideredValues", .array(values)) }
        return details
    }
}

/// What an operator asks of a single value.
protocol ValueTest: Sendable {
    /// The operator's place in MongoDB's order of conditions.
    var matchRank: Int { get }
    /// How the test wants to see an array at the end of its path.
    var leaf: FieldPath.LeafArrays { get }
    var predicates: [IndexablePredicate] { get }
    /// What `errInfo` says of values that fail it.
    var refusal: String { get }

    /// - Parameter value: nil where the path is missing.
    func matches(_ value: BSONValue?, _ position: inout Int?) throws(CommandError) -> Bool
}

extension ValueTest {
    var leaf: FieldPath.LeafArrays { .traverse }
    var predicates: [IndexablePredicate] { [] }
}

/// A test that one closure says.
struct PlainTest: ValueTest {
    var matchRank: Int
    var leaf = FieldPath.LeafArrays.traverse
    var predicates: [IndexablePredicate] = []
    var refusal: String
    var holds: @Sendable (BSONValue?) -> Bool

    func matches(_ value: BSONValue?, _ position: inout Int?) -> Bool { holds(value) }
}
