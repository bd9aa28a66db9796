import BSON

/// What a collection demands of its documents.
struct ValidationRule: Sendable {
    enum Level: String { case off, moderate, strict }
    enum Action: String { case error, warn }

    let validator: BSONDocument
    let level: Level
    let action: Action
    private let matcher: Matcher

    /// - Returns: nil when `options` hold no validator that checks anything.
    init?(options: BSONDocument) throws {
        guard let validator = options.document("validator"), !validator.isEmpty else { return nil }
        self.validator = validator
        level = options.string("validationLevel").flatMap(Level.init) ?? .strict
        action = options.string("validationAction").flatMap(Action.init) ?? .error
        matcher = try Matcher(filter: validator)
    }

    /// - Parameter previous: the document before an update; nil for an insertion.
    /// - Throws: 121 with `errInfo`.
    func check(_ document: BSONDocument, previous: BSONDocument?) throws {
        guard level != .off, action == .error, try !matcher.matches(document) else { return }
        if level == .moderate, let previous, try !matcher.matches(previous) { return }
        var information = BSONDocument()
        information.append("failingDocumentId", document["_id"] ?? .null)
        information.append("details", .document(try ValidationDetails.explain(validator, document)))
        throw CommandError(
            .documentValidationFailure, "Document failed validation", extra: ["errInfo": .document(information)])
    }
}
