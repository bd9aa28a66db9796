import BSON

/// Turns `{$set: {…}, $push: {…}}` into a tree of modifiers.
struct UpdateParser: Sendable {
    /// What `$rename` moves, by paths through documents.
    typealias Rename = (source: [String], target: [String])

    private(set) var tree = UpdateTree.fields([:])
    private(set) var renames: [Rename] = []
    /// Whether a path holds the positional `$`.
    private(set) var isPositional = false

    /// All paths, also those of renames, which take part in conflicts only.
    private var conflicts = UpdateTree.fields([:])
    private var usedFilters: Set<String> = []

    /// - Parameter filters: the names that `$[name]` may use.
    init(_ document: BSONDocument, variables: Variables, filters: Set<String>) throws(CommandError) {
        for (name, argument) in document.elements {
            guard let form = UpdateOperators.all[name] else {
                throw .failedToParse(
                    "Unknown modifier: \(name). Expected a valid update modifier or pipeline-style update specified as an array"
                )
            }
            guard case .document(let fields) = argument else {
                throw .failedToParse(
                    "Modifiers operate on fields but we found type \(argument.typeName) in \(name) instead")
            }
            for (path, value) in fields.elements {
                let modifier = try form(UpdateClause(name: name, path: path, argument: value, variables: variables))
                let parts = try UpdatePath.parse(path)
                try note(parts, filters: filters, path)
                try conflicts.insert(modifier, at: parts)
                if name == "$rename", case .string(let target) = value {
                    let target = try UpdatePath.parse(target)
                    try conflicts.insert(modifier, at: target)
                    renames.append((parts, target))
                } else {
                    try tree.insert(modifier, at: parts)
                }
            }
        }
        if let unused = filters.subtracting(usedFilters).min() {
            throw .failedToParse("The array filter for identifier '\(unused)' was not used in the update \(document)")
        }
    }

    private mutating func note(_ parts: [String], filters: Set<String>, _ path: String) throws(CommandError) {
        isPositional = isPositional || parts.contains("$")
        for part in parts {
            guard let name = UpdatePath.identifier(of: part), !name.isEmpty else { continue }
            guard filters.contains(name) else {
                throw .badValue("No array filter found for identifier '\(name)' in path '\(path)'")
            }
            usedFilters.insert(name)
        }
    }
}
