import BSON

struct PathCondition: Condition {
    /// Without parts the only value of the document is meant, as it is: an element, for `$elemMatch: {$gt: 1}`.
    let path: FieldPath
    let test: ValueTest
    /// The operator as the query has it, for explanations; without a name a value that is to be equal.
    let name: String?
    let argument: BSONValue

    func matches(_ document: BSONDocument, _ position: inout Int?) throws -> Bool {
        guard !path.parts.isEmpty else { return try test.passes(document.first?.value, &position) }
        if path.parts.count == 1 {
            // The common case, without the general walk.
            let value = document[path.parts[0]]
            if value?.arrayValue == nil { return try test.passes(value, &position) }
        }
        var found = position
        let matched = try path.visit(document, wholeArrays: test.wholeArrays) { value, index in
            guard try test.passes(value, &found) else { return false }
            if let index { found = index }
            return true
        }
        if matched { position = found }
        return matched
    }

    var matchOrder: (rank: Int, path: String) { (test.rank, path.description) }
    var conjuncts: [Conjunct] { test.predicates.map { (path.description, $0) } }

    func explanation(for document: BSONDocument) throws -> BSONDocument? {
        var position: Int?
        if try matches(document, &position) { return nil }
        var values: [BSONValue] = []
        _ = try path.visit(document, wholeArrays: test.wholeArrays) { value, _ in
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
struct ValueTest: Sendable {
    /// - Parameter position: set to the index of the array element that passed, by a test that looks for one.
    typealias Rule = @Sendable (_ value: BSONValue?, _ position: inout Int?) throws -> Bool

    let rank: Int
    var wholeArrays = false
    var predicates: [IndexablePredicate] = []
    let refusal: String
    /// Asked about nil where the path is missing.
    let passes: Rule
}
