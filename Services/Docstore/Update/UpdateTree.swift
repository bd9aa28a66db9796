import BSON

/// The paths of an update as a tree, so that paths which touch each other are found before anything is applied.
indirect enum UpdateTree: Sendable {
    case modifier(Modifier)
    case fields([String: UpdateTree])
    /// `$[]` (under the empty name) and `$[name]`.
    case elements([String: UpdateTree])

    /// A modifier alone at the end of a path.
    init(_ modifier: Modifier, at path: some Sequence<String>) {
        self = path.reversed().reduce(.modifier(modifier)) { tree, part in
            if let name = UpdatePath.identifier(of: part) { .elements([name: tree]) } else { .fields([part: tree]) }
        }
    }

    /// Puts a modifier at a path.
    mutating func insert(_ modifier: Modifier, at path: [String]) throws(CommandError) {
        try merge(UpdateTree(modifier, at: path), at: [], of: path)
    }

    /// Takes another tree in, for an element that several of them are for.
    mutating func merge(
        _ other: UpdateTree, at path: [String], of whole: [String]? = nil
    ) throws(CommandError) {
        switch (self, other) {
        case (.fields(var own), .fields(let others)):
            self = .fields([:])  // The dictionary is edited in place only while nobody else holds it.
            try Self.merge(others, into: &own, path, whole)
            self = .fields(own)
        case (.elements(var own), .elements(let others)):
            self = .elements([:])
            try Self.merge(others, into: &own, path, whole)
            self = .elements(own)
        default:
            throw CommandError(
                .conflictingUpdateOperators,
                "Updating the path '\((whole ?? path).joined(separator: "."))' would create a conflict at "
                    + "'\(path.joined(separator: "."))'")
        }
    }

    private static func merge(
        _ others: [String: UpdateTree], into own: inout [String: UpdateTree], _ path: [String], _ whole: [String]?
    ) throws(CommandError) {
        for (key, tree) in others {
            guard var existing = own.updateValue(.fields([:]), forKey: key) else {
                own[key] = tree
                continue
            }
            try existing.merge(tree, at: path + [key], of: whole)
            own[key] = existing
        }
    }
}

/// The rules for the paths of an update.
enum UpdatePath {
    static func parse(_ path: String) throws(CommandError) -> [String] {
        guard !path.isEmpty else { throw CommandError(.emptyFieldName, "An empty update path is not valid.") }
        let parts = FieldPath.split(path)
        guard !parts.contains("") else {
            throw CommandError(
                .emptyFieldName, "The update path '\(path)' contains an empty field name, which is not allowed.")
        }
        guard parts.count(where: { $0 == "$" }) <= 1 else {
            throw .badValue("Too many positional (i.e. '$') elements found in path '\(path)'")
        }
        guard parts[0] != "$", identifier(of: parts[0]) == nil else {
            let what = parts[0] == "$" ? "positional (i.e. '$')" : "array filter identifier (i.e. '$[<id>]')"
            throw .badValue("Cannot have \(what) element in the first position in path '\(path)'")
        }
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
