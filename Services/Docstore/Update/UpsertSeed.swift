import BSON

/// What the equalities of a query say about the document that an upsert makes.
enum UpsertSeed {
    static func document(of query: Matcher) throws(CommandError) -> BSONDocument {
        var equalities: [(path: [String], value: BSONValue)] = []
        try collect(query.root, into: &equalities)
        var document = BSONDocument()
        for (path, value) in equalities.sorted(by: { MongoOrder.compare($0.path.name, $1.path.name) < 0 }) {
            document.set(path[...], value)
        }
        return document
    }

    /// For replacements: `_id` alone counts.
    static func identifier(of query: Matcher) throws(CommandError) -> BSONDocument {
        var found: [(path: [String], value: BSONValue)] = []
        try collect(query.root, into: &found) { $0.first == "_id" }
        guard let first = found.first else { return [:] }
        guard first.path.count == 1 else {
            throw CommandError(
                .notExactValueField, "field at '_id' must be exactly specified, found field at '\(first.path.name)'")
        }
        return ["_id": first.value]
    }

    private static func collect(
        _ condition: any Condition, into found: inout [(path: [String], value: BSONValue)],
        where isWanted: ([String]) -> Bool = { _ in true }
    ) throws(CommandError) {
        switch condition {
        case let logical as LogicalCondition where logical.isConjunction:
            for part in logical.parts { try collect(part, into: &found, where: isWanted) }
        case let leaf as PathCondition:
            guard let equality = leaf.test as? Comparison, equality.relation == .equal else { return }
            let path = leaf.path.parts
            guard isWanted(path) else { return }
            try check(path, against: found.map(\.path))
            found.append((path, equality.value))
        default: return
        }
    }

    private static func check(_ path: [String], against others: [[String]]) throws(CommandError) {
        for other in others where path.starts(with: other) || other.starts(with: path) {
            let what =
                other == path
                ? "path '\(path.name)' is matched twice"
                : "both paths '\(path.name)' and '\(other.name)' are matched"
            throw CommandError(.notSingleValueField, "cannot infer query fields to set, \(what)")
        }
    }
}

extension [String] {
    fileprivate var name: String { joined(separator: ".") }
}

extension BSONDocument {
    fileprivate mutating func set(_ path: ArraySlice<String>, _ value: BSONValue) {
        guard let name = path.first else { return }
        guard path.count > 1 else {
            self[name] = value
            return
        }
        var inner = document(name) ?? [:]
        inner.set(path.dropFirst(), value)
        self[name] = .document(inner)
    }
}
