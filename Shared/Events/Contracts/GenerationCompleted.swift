package import Domain

/// A picture is there.
package struct GenerationCompleted: Event, Codable, Equatable {
    package static let topic = Topic.generations

    package var generationID: GenerationID
    package var userID: UserID
    package var model: String
    package var prompt: String
    package var imageUrl: String
    package var thumbnailUrl: String
    package var blurhash: String
    package var width: Int
    package var height: Int
    package var hasWatermark: Bool
    package var costGems: Gems
    package var generationTimeMs: Int64
    package var completedAt: Instant

    package var subject: UserID { userID }

    package init(
        generationID: GenerationID, userID: UserID, model: String, prompt: String, imageUrl: String,
        thumbnailUrl: String, blurhash: String, width: Int, height: Int, hasWatermark: Bool, costGems: Gems,
        generationTimeMs: Int64, completedAt: Instant
    ) {
        self.generationID = generationID
        self.userID = userID
        self.model = model
        self.prompt = prompt
        self.imageUrl = imageUrl
        self.thumbnailUrl = thumbnailUrl
        self.blurhash = blurhash
        self.width = width
        self.height = height
        self.hasWatermark = hasWatermark
        self.costGems = costGems
        self.generationTimeMs = generationTimeMs
        self.completedAt = completedAt
    }
}
