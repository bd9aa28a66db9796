import BSON

/// The paths of an update as a tree, so that paths which touch each other are found before anything is applied.
indirect enum UpdateTree: Sendable {
    case modifier(any Modifier)
    case fields([String: UpdateTree])
    /// `$[]` (under the empty name) and `$[name]`.
    case elements([String: UpdateTree])

    /// Puts a modifier at a path.
    mutating func insert(_ modifier: any Modifier, at parts: [String]) throws(CommandError) {
        try insert(.modifier(modifier), at: parts[...], whole: parts)
    }

    private mutating func insert(
        _ leaf: UpdateTree, at rest: ArraySlice<String>, whole: [String]
    ) throws(CommandError) {
        guard let part = rest.first else { throw Self.conflict(whole, depth: whole.count) }
        let below = rest.dropFirst()
        let name = Self.identifier(of: part)
        switch (self, name) {
        case (.fields(var children), nil):
            try Self.insert(leaf, under: part, of: &children, below, whole)
            self = .fields(children)
        case (.elements(var children), let name?):
            try Self.insert(leaf, under: name, of: &children, below, whole)
            self = .elements(children)
        case (.fields(let children), let name?) where children.isEmpty:
            var elements: [String: UpdateTree] = [:]
            try Self.insert(leaf, under: name, of: &elements, below, whole)
            self = .elements(elements)
        default:
            throw Self.conflict(whole, depth: whole.count - rest.count)
        }
    }

    private static func insert(
        _ leaf: UpdateTree, under key: String, of children: inout [String: UpdateTree], _ below: ArraySlice<String>,
        _ whole: [String]
    ) throws(CommandError) {
        guard var child = children[key] else {
            var child = UpdateTree.fields([:])
            if below.isEmpty { child = leaf } else { try child.insert(leaf, at: below, whole: whole) }
            children[key] = child
            return
        }
        guard !below.isEmpty else { throw conflict(whole, depth: whole.count) }
        try child.insert(leaf, at: below, whole: whole)
        children[key] = child
    }

    private static func conflict(_ path: [String], depth: Int) -> CommandError {
        CommandError(
            .conflictingUpdateOperators,
            "Updating the path '\(path.joined(separator: "."))' would create a conflict at "
                + "'\(path.prefix(depth).joined(separator: "."))'")
    }

    /// The name between the brackets of `$[name]`; nil for a field.
    static func identifier(of part: String) -> String? {
        part.hasPrefix("$[") && part.hasSuffix("]") ? String(part.dropFirst(2).dropLast()) : nil
    }

    /// Both trees in one, for an element that several of them are for.
    func merged(with other: UpdateTree, at path: [String]) throws(CommandError) -> UpdateTree {
        switch (self, other) {
        case (.fields(let left), .fields(let right)): .fields(try Self.merge(left, right, path))
        case (.elements(let left), .elements(let right)): .elements(try Self.merge(left, right, path))
        default: throw Self.conflict(path, depth: path.count)
        }
    }

    private static func merge(
        _ left: [String: UpdateTree], _ right: [String: UpdateTree], _ path: [String]
    ) throws(CommandError) -> [String: UpdateTree] {
        var result = left
        for (key, tree) in right {
            if let existing = result[key] {
                result[key] = try existing.merged(with: tree, at: path + [key])
            } else {
                result[key] = tree
            }
        }
        return result
    }
}
