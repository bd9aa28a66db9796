import BSON

enum StorageRules {
    /// The `_id` of a document: no array, regular expression or undefined, and no field names with a dollar inside.
    static func checkID(_ value: BSONValue, else code: ErrorCode = .invalidIdField) throws {
        switch value {
        case .array, .regex, .undefined: throw CommandError(code, "The '_id' cannot be of type \(value.typeName)")
        default: try checkNested(value)
        }
    }

    /// Elsewhere inside of values such names may be stored.
    private static func checkNested(_ value: BSONValue) throws {
        for element in value.arrayValue ?? [] { try checkNested(element) }
        guard case .document(let document) = value else { return }
        let isReference = document.first?.key == "$ref"
        for (key, inner) in document.elements {
            if key.hasPrefix("$"), !(isReference && BSONDocument.referenceKeys.contains(key)) {
                throw dollarPrefixed(key, in: "_id")
            }
            try checkNested(inner)
        }
    }

    static func dollarPrefixed(_ field: String, in path: String) -> CommandError {
        CommandError(.dollarPrefixedFieldName, "The $-prefixed field '\(field)' in '\(path)' is not valid for storage.")
    }
}
