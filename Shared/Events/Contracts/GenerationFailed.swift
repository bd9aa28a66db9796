package import Domain

/// No picture came of it: failed, or cancelled by its owner. What was held is released.
package struct GenerationFailed: Event, Codable, Equatable {
    package static let topic = Topic.generations

    package var generationID: GenerationID
    package var userID: UserID
    package var model: String
    /// A word for programs, as `provider-error` or `cancelled`.
    package var reason: String
    /// A sentence for the owner.
    package var message: String
    package var isCancelled: Bool
    package var failedAt: Instant

    package var subject: UserID { userID }

    package init(
        generationID: GenerationID, userID: UserID, model: String, reason: String, message: String,
        isCancelled: Bool = false, failedAt: Instant
    ) {
        self.generationID = generationID
        self.userID = userID
        self.model = model
        self.reason = reason
        self.message = message
        self.isCancelled = isCancelled
        self.failedAt = failedAt
    }
}
