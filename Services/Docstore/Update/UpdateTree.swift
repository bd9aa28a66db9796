import BSON

/// The paths of an update as a tree, so that paths which touch each other are found before anything is applied.
struct UpdateTree: Sendable {
    /// What is to be done where the path ends.
    private(set) var modifier: Modifier?
    /// Whether the children are for elements of an array: `$[]` (under the empty name) and `$[name]`.
    private(set) var isForElements = false
    private(set) var children: [String: UpdateTree] = [:]

    init(children: [String: UpdateTree] = [:]) { self.children = children }

    /// A modifier alone at the end of a path.
    private init(_ modifier: Modifier, at path: ArraySlice<String>) {
        guard let part = path.first else {
            self.modifier = modifier
            return
        }
        let name = UpdatePath.identifier(of: part)
        isForElements = name != nil
        children = [name ?? part: UpdateTree(modifier, at: path.dropFirst())]
    }

    /// Puts a modifier at a path.
    mutating func insert(_ modifier: Modifier, at path: [String]) throws(CommandError) {
        try merge(UpdateTree(modifier, at: path[...]), at: [], of: path)
    }

    /// Puts another modifier in the place of the one that is at a path of fields.
    mutating func replace(at path: ArraySlice<String>, by modifier: Modifier) {
        if let name = path.first {
            children[name]?.replace(at: path.dropFirst(), by: modifier)
        } else {
            self.modifier = modifier
        }
    }

    /// Takes another tree in, for an element that several of them are for.
    mutating func merge(_ other: UpdateTree, at path: [String], of whole: [String]? = nil) throws(CommandError) {
        guard modifier == nil, other.modifier == nil, isForElements == other.isForElements else {
            throw CommandError(
                .conflictingUpdateOperators,
                "Updating the path '\((whole ?? path).dotted)' would create a conflict at '\(path.dotted)'")
        }
        for (key, tree) in other.children {
            if children[key] == nil {
                children[key] = tree
            } else {
                try children[key]?.merge(tree, at: path + [key], of: whole)
            }
        }
    }
}

extension [String] {
    /// A path as it is written.
    var dotted: String { joined(separator: ".") }
}
