import BSON

/// What a document may not hold to be stored.
package enum StorageRules {
    /// MongoDB's limit for a document.
    package static let maximumDocumentSize = 16 * 1024 * 1024

    /// Field names with a dollar, which `_id` may not have. Elsewhere inside of values they may be stored.
    private static func checkNested(_ value: BSONValue, path: String) throws(CommandError) {
        switch value {
        case .document(let document):
            let isReference = document.first?.key == "$ref"
            for (key, inner) in document.elements {
                if key.hasPrefix("$"), !(isReference && ["$ref", "$id", "$db"].contains(key)) {
                    throw CommandError(
                        .dollarPrefixedFieldName,
                        "The dollar ($) prefixed field '\(key)' in '\(path).\(key)' is not valid for storage.")
                }
                try checkNested(inner, path: "\(path).\(key)")
            }
        case .array(let elements):
            for (index, element) in elements.enumerated() { try checkNested(element, path: "\(path).\(index)") }
        default: break
        }
    }

    /// The `_id` of a document: no array, regular expression or undefined.
    static func checkID(_ value: BSONValue) throws(CommandError) {
        switch value {
        case .array, .regex, .undefined:
            throw CommandError(.invalidIdField, "The '_id' value cannot be of type \(value.typeName)")
        default: try checkNested(value, path: "_id")
        }
    }
}
