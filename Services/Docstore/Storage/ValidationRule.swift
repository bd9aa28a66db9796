import BSON

/// What a collection demands of its documents.
struct ValidationRule: Sendable {
    private let matcher: Matcher
    private let isModerate: Bool
    private let isEnforced: Bool

    /// - Returns: nil when `options` hold no validator that checks anything.
    init?(options: BSONDocument) throws {
        guard let validator = options.document("validator"), !validator.isEmpty else { return nil }
        matcher = try Matcher(filter: validator, parser: QueryParser(allowsText: false))
        isModerate = options.string("validationLevel") == "moderate"
        isEnforced = options.string("validationLevel") != "off" && options.string("validationAction") != "warn"
    }

    /// - Parameter previous: the document before an update; nil for an insertion.
    /// - Throws: 121 with `errInfo`.
    func check(_ document: BSONDocument, previous: BSONDocument?) throws {
        guard isEnforced, try !matcher.matches(document) else { return }
        if isModerate, let previous, try !matcher.matches(previous) { return }
        let information: BSONDocument = [
            "failingDocumentId": document["_id"] ?? .null,
            "details": .document(try matcher.explanation(for: document) ?? [:]),
        ]
        throw CommandError(
            .documentValidationFailure, "Document failed validation", extra: ["errInfo": .document(information)])
    }
}
