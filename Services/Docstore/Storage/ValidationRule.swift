import BSON

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
    func check(_ document: BSONDocument, previous: BSONDocument?) throws {
        guard isEnforced, try !matcher.matches(document) else { return }
        if isModerate, let previous, try !matcher.matches(previous) { return }
        let details = BSONValue.document(try matcher.explanation(for: document) ?? [:])
        let information: BSONValue = ["failingDocumentId": document["_id"] ?? .null, "details": details]
        throw CommandError(.documentValidationFailure, "Document failed validation", extra: ["errInfo": information])
    }
}
