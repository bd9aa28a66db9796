import BSON

/// What `$rename` reads, and where it may not.
enum Rename {
    /// - Returns: the value to move; nil when there is none.
    static func value(
        at source: [String], for target: [String], in document: BSONDocument
    ) throws(CommandError) -> BSONValue? {
        var value = BSONValue.document(document)
        for (depth, part) in source.enumerated() {
            switch value {
            case .document(let inner):
                guard let next = inner[part] else { return nil }
                value = next
            case .array(let elements) where FieldPath.index(of: part) != nil:
                guard let index = FieldPath.index(of: part), index < elements.count else { return nil }
                throw isElement("source", source, depth, document)
            default:
                throw CommandError(
                    .pathNotViable,
                    "Cannot use the part (\(part)) of (\(source.joined(separator: "."))) to traverse the element "
                        + "({\(source[max(0, depth - 1)]): \(value)})")
            }
        }
        try checkTarget(target, in: document)
        return value
    }

    private static func checkTarget(_ path: [String], in document: BSONDocument) throws(CommandError) {
        var value: BSONValue? = .document(document)
        for (depth, part) in path.enumerated() {
            if case .array? = value { throw isElement("destination", path, depth, document) }
            value = value?.documentValue?[part]
        }
    }

    private static func isElement(
        _ role: String, _ path: [String], _ depth: Int, _ document: BSONDocument
    ) -> CommandError {
        CommandError(
            .badValue,
            "The \(role) field cannot be an array element, '\(path.joined(separator: "."))' in doc with "
                + "_id: \(document["_id"].map { "\($0)" } ?? "") has an array field called '\(path[depth - 1])'")
    }
}
