package import Domain

/// A picture was asked for and paid or held.
package struct GenerationQueued: Event, Codable, Equatable {
    package static let topic = Topic.generations

    package var generationID: GenerationID
    package var userID: UserID
    package var model: String
    package var prompt: String
    package var costGems: Gems
    package var queuedAt: Instant

    package var subject: UserID { userID }

    package init(
        generationID: GenerationID, userID: UserID, model: String, prompt: String, costGems: Gems, queuedAt: Instant
    ) {
        self.generationID = generationID
        self.userID = userID
        self.model = model
        self.prompt = prompt
        self.costGems = costGems
        self.queuedAt = queuedAt
    }
}
