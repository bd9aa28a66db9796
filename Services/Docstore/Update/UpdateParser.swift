import BSON

/// Turns `{$set: {…}, $push: {…}}` into a tree of modifiers.
struct UpdateParser {
    var variables: Variables
    /// The names that `$[name]` may use.
    var filters: Set<String>

    func parse(
        _ document: BSONDocument
    ) throws(CommandError) -> (tree: UpdateTree, renames: [(from: [String], to: [String])], isPositional: Bool) {
        var tree = UpdateTree.fields([:])
        var conflicts = UpdateTree.fields([:])
        var renames: [(from: [String], to: [String])] = []
        var used: Set<String> = []
        var isPositional = false
        for (name, argument) in document.elements {
            let (kind, fields) = try form(name, argument)
            for (path, value) in fields.elements {
                let modifier = try kind.parse(
                    value, named: name, path: path, context: UpdateContext(variables: variables))
                let parts = try UpdatePath.parse(path)
                for part in parts {
                    guard let identifier = UpdateTree.identifier(of: part), !identifier.isEmpty else { continue }
                    guard filters.contains(identifier) else {
                        throw CommandError(
                            .badValue, "No array filter found for identifier '\(identifier)' in path '\(path)'")
                    }
                    used.insert(identifier)
                }
                isPositional = isPositional || parts.contains("$")
                if modifier is RenameOperator.Placeholder, case .string(let target) = value {
                    let targetParts = try UpdatePath.parse(target)
                    try conflicts.insert(modifier, at: parts)
                    try conflicts.insert(modifier, at: targetParts)
                    renames.append((parts, targetParts))
                } else {
                    try conflicts.insert(modifier, at: parts)
                    try tree.insert(modifier, at: parts)
                }
            }
        }
        if let unused = filters.subtracting(used).min() {
            throw CommandError(
                .failedToParse, "The array filter for identifier '\(unused)' was not used in the update \(document)")
        }
        return (tree, renames, isPositional)
    }

    private func form(
        _ name: String, _ argument: BSONValue
    ) throws(CommandError) -> (any UpdateOperator.Type, BSONDocument) {
        guard let kind = UpdateOperators.all[name] else {
            throw CommandError(
                .failedToParse,
                "Unknown modifier: \(name). Expected a valid update modifier or pipeline-style update specified as an "
                    + "array")
        }
        guard case .document(let fields) = argument else {
            throw CommandError(
                .failedToParse,
                "Modifiers operate on fields but we found type \(argument.typeName) instead. For example: "
                    + "{$mod: {<field>: ...}} not {\(name): \(argument)}")
        }
        return (kind, fields)
    }
}

/// What `$rename` reads, and where it may not.
enum Rename {
    static func source(
        _ from: [String], _ to: [String], in document: BSONDocument
    ) throws(CommandError) -> BSONValue? {
        var value = BSONValue.document(document)
        for (depth, part) in from.enumerated() {
            switch value {
            case .document(let inner):
                guard let next = inner[part] else { return nil }
                value = next
            case .array(let elements):
                guard let index = FieldPath.index(of: part) else { throw unviable(part, from, depth, value) }
                guard index < elements.count else { return nil }
                throw CommandError(
                    .badValue,
                    "The source field cannot be an array element, '\(from.joined(separator: "."))' in doc with "
                        + "\(describe(document)) has an array field called '\(from[depth - 1])'")
            default: throw unviable(part, from, depth, value)
            }
        }
        try checkTarget(to, in: document)
        return value
    }

    private static func checkTarget(_ path: [String], in document: BSONDocument) throws(CommandError) {
        var value = BSONValue.document(document)
        for (depth, part) in path.enumerated() {
            switch value {
            case .document(let inner):
                guard let next = inner[part] else { return }
                value = next
            case .array:
                throw CommandError(
                    .badValue,
                    "The destination field cannot be an array element, '\(path.joined(separator: "."))' in doc with "
                        + "\(describe(document)) has an array field called '\(path[depth - 1])'")
            default: return
            }
        }
    }

    private static func unviable(_ part: String, _ path: [String], _ depth: Int, _ value: BSONValue) -> CommandError {
        CommandError(
            .pathNotViable,
            "Cannot use the part (\(part)) of (\(path.joined(separator: "."))) to traverse the element "
                + "({\(path[max(0, depth - 1)]): \(value)})")
    }

    private static func describe(_ document: BSONDocument) -> String { "_id: \(document["_id"].map { "\($0)" } ?? "")" }
}
