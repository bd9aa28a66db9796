import BSON

/// What a document may not hold to be stored.
enum StorageRules {
    /// The `_id` of a document: no array, regular expression or undefined, and no field names with a dollar inside.
    static func checkID(_ value: BSONValue) throws(CommandError) {
        switch value {
        case .array, .regex, .undefined:
            throw CommandError(.invalidIdField, "The '_id' value cannot be of type \(value.typeName)")
        default: try checkNested(value, path: "_id")
        }
    }

    /// Elsewhere inside of values such names may be stored.
    private static func checkNested(_ value: BSONValue, path: String) throws(CommandError) {
        switch value {
        case .document(let document):
            let isReference = document.first?.key == "$ref"
            for (key, inner) in document.elements {
                if key.hasPrefix("$"), !(isReference && BSONDocument.referenceKeys.contains(key)) {
                    throw dollarPrefixed(key, in: "\(path).\(key)")
                }
                try checkNested(inner, path: "\(path).\(key)")
            }
        case .array(let elements):
            for (index, element) in elements.enumerated() { try checkNested(element, path: "\(path).\(index)") }
        default: break
        }
    }

    static func dollarPrefixed(_ field: String, in path: String) -> CommandError {
        CommandError(
            .dollarPrefixedFieldName, "The dollar ($) prefixed field '\(field)' in '\(path)' is not valid for storage.")
    }

    static func immutableID(_ path: String) -> CommandError {
        CommandError(
            .immutableField, "Performing an update on the path '\(path)' would modify the immutable field '_id'")
    }
}

extension BSONDocument {
    /// The fields of a DBRef, whose dollars mean no operator.
    static let referenceKeys: Set<String> = ["$ref", "$id", "$db"]
}
