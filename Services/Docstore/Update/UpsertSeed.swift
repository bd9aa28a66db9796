import BSON

/// What the equalities of a query say about the document that an upsert makes.
enum UpsertSeed {
    private typealias Equality = (path: [String], value: BSONValue)

    /// - Parameter onlyID: `_id` alone counts, as for replacements.
    static func document(of query: Matcher, onlyID: Bool) throws(CommandError) -> BSONDocument {
        var equalities: [Equality] = []
        try collect(query.root, onlyID, into: &equalities)
        var document = BSONDocument()
        for (path, value) in equalities.sorted(by: { MongoOrder.compare($0.path.dotted, $1.path.dotted) < 0 }) {
            let isExact = !onlyID || path.count == 1
            try require(isExact, .notExactValueField, "_id must be exactly specified, not '\(path.dotted)'")
            document.setNested(path[...], value)
        }
        return document
    }

    private static func collect(
        _ condition: any Condition, _ onlyID: Bool, into found: inout [Equality]
    ) throws(CommandError) {
        switch condition {
        case let logical as LogicalCondition where logical.isConjunction:
            for part in logical.parts { try collect(part, onlyID, into: &found) }
        case let leaf as PathCondition:
            guard let equality = leaf.test as? Comparison, equality.relation == .equal else { return }
            let path = leaf.path.parts
            if onlyID, path[0] != "_id" { return }
            for (other, _) in found where path.starts(with: other) || other.starts(with: path) {
                throw CommandError(
                    .notSingleValueField,
                    "cannot infer query fields to set: both '\(path.dotted)' and '\(other.dotted)' are matched")
            }
            found.append((path, equality.value))
        default: return
        }
    }
}
