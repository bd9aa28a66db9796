import BSON

/// What a collection demands of its documents.
struct ValidationRule: Sendable {
    private let validator: BSONDocument
    private let matcher: Matcher
    private let isModerate: Bool
    private let isEnforced: Bool

    /// - Returns: nil when `options` hold no validator that checks anything.
    init?(options: BSONDocument) throws {
        guard let validator = options.document("validator"), !validator.isEmpty else { return nil }
        self.validator = validator
        matcher = try Matcher(filter: validator)
        isModerate = options.string("validationLevel") == "moderate"
        isEnforced = options.string("validationLevel") != "off" && options.string("validationAction") != "warn"
    }

    /// - Parameter previous: the document before an update; nil for an insertion.
    /// - Throws: 121 with `errInfo`.
    func check(_ document: BSONDocument, previous: BSONDocument?) throws {
        guard isEnforced, try !matcher.matches(document) else { return }
        if isModerate, let previous, try !matcher.matches(previous) { return }
        let information: BSONDocument = [
            "failingDocumentId": document["_id"] ?? .null, "details": .document(details),
        ]
        throw CommandError(
            .documentValidationFailure, "Document failed validation", extra: ["errInfo": .document(information)])
    }

    /// Which operator was not satisfied, where that can be told without evaluating the validator a second way.
    private var details: BSONDocument {
        let first = validator.elements[0].key
        if first == "$jsonSchema" { return ["operatorName": "$jsonSchema"] }
        return ["operatorName": .string(first.hasPrefix("$") ? first : "$and"), "specifiedAs": .document(validator)]
    }
}
