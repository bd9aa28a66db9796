import BSON

/// Turns `{$set: {…}, $push: {…}}` into a tree of modifiers.
struct UpdateParser: Sendable {
    private(set) var tree = UpdateTree()
    /// What `$rename` moves. In the tree nothing happens to either path until a document shows the value.
    private(set) var renames: [Rename] = []
    /// Whether a path holds the positional `$`.
    private(set) var isPositional = false
    private var usedFilters: Set<String> = []

    /// - Parameter filters: the names that `$[name]` may use.
    init(_ document: BSONDocument, variables: Variables, filters: Set<String>) throws(CommandError) {
        for (name, argument) in document.elements {
            guard let form = UpdateOperators.all[name] else {
                throw .failedToParse("Unknown modifier: \(name). Expected a valid update modifier or a pipeline")
            }
            guard case .document(let fields) = argument else {
                throw .failedToParse("Modifiers operate on fields, not on the \(argument.typeName) in \(name)")
            }
            for (path, value) in fields.elements {
                let modifier = try form(UpdateClause(name: name, path: path, argument: value, variables: variables))
                let parts = try UpdatePath.parse(path)
                try note(parts, filters)
                try tree.insert(modifier, at: parts)
                guard name == "$rename", case .string(let target) = value else { continue }
                renames.append(Rename(source: parts, target: try UpdatePath.parse(target)))
                try tree.insert(modifier, at: renames[renames.count - 1].target)
            }
        }
        if let unused = filters.subtracting(usedFilters).min() {
            throw .failedToParse("The array filter for identifier '\(unused)' was not used in the update \(document)")
        }
    }

    private mutating func note(_ parts: [String], _ filters: Set<String>) throws(CommandError) {
        isPositional = isPositional || parts.contains("$")
        for name in parts.compactMap(UpdatePath.identifier) where !name.isEmpty {
            try require(
                filters.contains(name), .badValue, "No array filter found for identifier '\(name)' in '\(parts.dotted)'"
            )
            usedFilters.insert(name)
        }
    }
}

/// The rules for the paths of an update.
enum UpdatePath {
    static func parse(_ path: String) throws(CommandError) -> [String] {
        let parts = FieldPath.split(path)
        try require(!parts.contains(""), .emptyFieldName, "The update path '\(path)' contains an empty field name")
        try require(parts.count(where: { $0 == "$" }) <= 1, .badValue, "Too many positional elements in '\(path)'")
        try require(
            parts[0] != "$" && identifier(of: parts[0]) == nil, .badValue,
            "Cannot have a positional element in the first position in path '\(path)'")
        for (index, part) in parts.enumerated() where part.hasPrefix("$") {
            if part == "$" || identifier(of: part) != nil { continue }
            if index > 0, BSONDocument.referenceKeys.contains(part) { continue }
            throw StorageRules.dollarPrefixed(part, in: path)
        }
        return parts
    }

    /// The name between the brackets of `$[name]`; nil for a field.
    static func identifier(of part: String) -> String? {
        part.hasPrefix("$[") && part.hasSuffix("]") ? String(part.dropFirst(2).dropLast()) : nil
    }
}

/// A `$rename`: its two paths, which lead through documents only.
struct Rename: Sendable {
    let source: [String]
    let target: [String]

    /// - Returns: the value to move; nil when there is none.
    func value(in document: BSONDocument) throws(CommandError) -> BSONValue? {
        guard let value = try follow(source, in: document, isTarget: false) else { return nil }
        _ = try follow(target, in: document, isTarget: true)
        return value
    }

    private func follow(_ path: [String], in document: BSONDocument, isTarget: Bool) throws(CommandError) -> BSONValue?
    {
        var value = BSONValue.document(document)
        for (depth, part) in path.enumerated() {
            switch value {
            case .document(let inner):
                guard let next = inner[part] else { return nil }
                value = next
            case .array(let elements) where isTarget || FieldPath.index(of: part) != nil:
                if !isTarget, let index = FieldPath.index(of: part), index >= elements.count { return nil }
                throw .badValue(
                    "The \(isTarget ? "destination" : "source") field of $rename cannot be an array element: "
                        + "'\(path.dotted)' goes through the array '\(path[depth - 1])'")
            default:
                if isTarget { return nil }
                throw CommandError(
                    .pathNotViable, "Cannot use the part (\(part)) of (\(path.dotted)) to traverse \(value)")
            }
        }
        return value
    }
}
