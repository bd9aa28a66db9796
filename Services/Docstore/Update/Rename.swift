import BSON

/// A `$rename`: its two paths, which lead through documents only.
struct Rename: Sendable {
    let source: [String]
    let target: [String]

    /// - Returns: the value to move; nil when there is none.
    func value(in document: BSONDocument) throws(CommandError) -> BSONValue? {
        let value = try Self.follow(source, document, isTarget: false)
        if value != nil { _ = try Self.follow(target, document, isTarget: true) }
        return value
    }

    private static func follow(
        _ path: [String], _ document: BSONDocument, isTarget: Bool
    ) throws(CommandError) -> BSONValue? {
        var value = BSONValue.document(document)
        for (depth, part) in path.enumerated() {
            switch value {
            case .document(let inner):
                guard let next = inner[part] else { return nil }
                value = next
            case .array(let elements) where isTarget || FieldPath.index(of: part) != nil:
                if !isTarget, let index = FieldPath.index(of: part), index >= elements.count { return nil }
                throw .badValue("$rename cannot go through the array '\(path[depth - 1])' in '\(path.dotted)'")
            default:
                if isTarget { return nil }
                throw CommandError(.pathNotViable, "Cannot use the part \(part) of \(path.dotted) to traverse \(value)")
            }
        }
        return value
    }
}
