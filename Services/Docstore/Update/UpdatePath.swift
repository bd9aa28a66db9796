import BSON

/// The rules for the paths of an update.
enum UpdatePath {
    static func parse(_ path: String) throws(CommandError) -> [String] {
        guard !path.isEmpty else { throw CommandError(.emptyFieldName, "An empty update path is not valid.") }
        let parts = FieldPath(path).parts
        guard !parts.contains("") else {
            throw CommandError(
                .emptyFieldName, "The update path '\(path)' contains an empty field name, which is not allowed.")
        }
        let positional = parts.indices.filter { parts[$0] == "$" }
        guard positional.count <= 1 else {
            throw CommandError(.badValue, "Too many positional (i.e. '$') elements found in path '\(path)'")
        }
        guard positional.first != 0 else {
            throw CommandError(
                .badValue,
                "Cannot have positional (i.e. '$') element in the first position in path '\(path)'")
        }
        guard UpdateTree.identifier(of: parts[0]) == nil else {
            throw CommandError(
                .badValue,
                "Cannot have array filter identifier (i.e. '$[<id>]') element in the first position in path '\(path)'")
        }
        for (index, part) in parts.enumerated() where part.hasPrefix("$") {
            if part == "$" || UpdateTree.identifier(of: part) != nil { continue }
            if index > 0, ["$id", "$ref", "$db"].contains(part) { continue }
            throw CommandError(
                .dollarPrefixedFieldName,
                "The dollar ($) prefixed field '\(part)' in '\(path)' is not valid for storage.")
        }
        return parts
    }
}
