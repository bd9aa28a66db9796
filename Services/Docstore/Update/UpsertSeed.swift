import BSON

/// What the equalities of a query say about the document that an upsert makes.
enum UpsertSeed {
    /// - Parameter onlyID: `_id` alone counts, as for replacements.
    static func document(of query: Matcher, onlyID: Bool) throws(CommandError) -> BSONDocument {
        var equalities: [(path: [String], value: BSONValue)] = []
        for (name, predicate) in query.conjuncts {
            let path = FieldPath.split(name)
            guard case .equal(let value) = predicate, !onlyID || path[0] == "_id" else { continue }
            let rival = equalities.first { path.starts(with: $0.path) || $0.path.starts(with: path) }
            try require(
                rival == nil, .notSingleValueField, "both '\(name)' and '\(rival?.path.dotted ?? "")' are matched")
            equalities.append((path, value))
        }
        var document = BSONDocument()
        for (path, value) in equalities.sorted(by: { MongoOrder.compare($0.path.dotted, $1.path.dotted) < 0 }) {
            let isExact = !onlyID || path.count == 1
            try require(isExact, .notExactValueField, "_id must be exactly specified, not '\(path.dotted)'")
            document.setNested(path[...], value)
        }
        return document
    }
}
