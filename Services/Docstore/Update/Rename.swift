import BSON

struct Rename: Sendable {
    let source: [String]
    let target: [String]

    func value(in document: BSONDocument) throws -> BSONValue? {
        let value = try Self.follow(source, document, isTarget: false)
        if value != nil { _ = try Self.follow(target, document, isTarget: true) }
        return value
    }

    private static func follow(_ path: [String], _ document: BSONDocument, isTarget: Bool) throws -> BSONValue? {
        var value = BSONValue.document(document)
        for part in path {
            switch value {
            case .document(let inner):
                guard let next = inner[part] else { return nil }
                value = next
            case .array(let elements) where isTarget || FieldPath.index(of: part) != nil:
                if !isTarget, let index = FieldPath.index(of: part), index >= elements.count { return nil }
                throw CommandError.badValue("$rename cannot go through an array: '\(path.dotted)'")
            default:
                if isTarget { return nil }
                throw CommandError(.pathNotViable, "Cannot use the part \(part) of \(path.dotted) to traverse \(value)")
            }
        }
        return value
    }
}
