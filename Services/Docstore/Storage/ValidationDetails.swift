import BSON

/// What `errInfo` tells of a document that failed validation: which operator was not satisfied, where that can be told
/// without evaluating the validator a second way.
enum ValidationDetails {
    static func explain(_ validator: BSONDocument, _ document: BSONDocument) throws -> BSONDocument {
        guard let first = validator.elements.first else { return [:] }
        if first.key == "$jsonSchema" { return ["operatorName": "$jsonSchema"] }
        return [
            "operatorName": .string(first.key.hasPrefix("$") ? first.key : "$and"), "specifiedAs": .document(validator),
        ]
    }
}
