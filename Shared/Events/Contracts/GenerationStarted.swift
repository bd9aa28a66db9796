package import Domain

/// A provider began to paint.
package struct GenerationStarted: Event, Codable, Equatable {
    package static let topic = Topic.generations

    package var generationID: GenerationID
    package var userID: UserID
    package var model: String
    package var attempt: Int
    package var startedAt: Instant

    package var subject: UserID { userID }

    package init(generationID: GenerationID, userID: UserID, model: String, attempt: Int, startedAt: Instant) {
        self.generationID = generationID
        self.userID = userID
        self.model = model
        self.attempt = attempt
        self.startedAt = startedAt
    }
}
