package import Domain

/// How the picture was made, kept with the post so that others may try the same.
package struct GenerationParameters: Equatable, Sendable {
    package var steps: Int?
    package var cfgScale: Double?
    package var negativePrompt: String?

    package init(steps: Int? = nil, cfgScale: Double? = nil, negativePrompt: String? = nil) {
        self.steps = steps
        self.cfgScale = cfgScale
        self.negativePrompt = negativePrompt
    }
}

/// What the author of a post looked like when it was last told; a copy, so that a feed page needs no second look-up.
package struct AuthorSnapshot: Equatable, Sendable {
    package var username: String
    package var displayName: String
    package var avatarUrl: String?
    package var tier: Tier

    package init(username: String, displayName: String, avatarUrl: String?, tier: Tier) {
        self.username = username
        self.displayName = displayName
        self.avatarUrl = avatarUrl
        self.tier = tier
    }
}

/// Numbers of others that a post shows; each is set by its version, never incremented.
package struct PostCounters: Equatable, Sendable {
    package var votes: Int64 = 0
    package var comments: Int64 = 0
    package var shares: Int64 = 0
    package var views: Int64 = 0
    package var uniqueViewers: Int64 = 0

    package init() {}
}

/// One document of `posts`; written by feed alone.
package struct PostRecord: Record, Equatable {
    package var id: PostID
    package var userID: UserID
    package var author: AuthorSnapshot
    package var generationID: GenerationID
    /// Digest of (user, route, idempotency key) of the request that made it: a retry finds its own post.
    package var requestKey: String
    package var prompt: String
    package var refinedPrompt: String?
    package var caption: String?
    package var imageUrl: String
    package var thumbnailUrl: String
    package var imageWidth: Int
    package var imageHeight: Int
    package var blurhash: String
    package var model: String
    package var seed: Int64
    package var parameters: GenerationParameters
    package var generationTimeMs: Int64
    package var hasWatermark: Bool
    package var counters = PostCounters()
    package var engagementScore = 0.0
    package var trendingScore = 0.0
    package var hotScore = 0.0
    package var tags: [String]
    package var category: Category
    package var nsfw = false
    package var moderationStatus = ModerationStatus.pending
    package var visibility: Visibility
    package var isPinned = false
    package var createdAt: Instant
    package var updatedAt: Instant
    package var deletedAt: Instant?

    package init(
        id: PostID, userID: UserID, author: AuthorSnapshot, generationID: GenerationID, requestKey: String,
        prompt: String,
        refinedPrompt: String?, caption: String?, imageUrl: String, thumbnailUrl: String, imageWidth: Int,
        imageHeight: Int,
        blurhash: String, model: String, seed: Int64, parameters: GenerationParameters, generationTimeMs: Int64,
        hasWatermark: Bool, tags: [String], category: Category, visibility: Visibility, createdAt: Instant
    ) {
        self.id = id
        self.userID = userID
        self.author = author
        self.generationID = generationID
        self.requestKey = requestKey
        self.prompt = prompt
        self.refinedPrompt = refinedPrompt
        self.caption = caption
        self.imageUrl = imageUrl
        self.thumbnailUrl = thumbnailUrl
        self.imageWidth = imageWidth
        self.imageHeight = imageHeight
        self.blurhash = blurhash
        self.model = model
        self.seed = seed
        self.parameters = parameters
        self.generationTimeMs = generationTimeMs
        self.hasWatermark = hasWatermark
        self.tags = tags
        self.category = category
        self.visibility = visibility
        self.createdAt = createdAt
        updatedAt = createdAt
    }

    package var isDeleted: Bool { deletedAt != nil }

    /// Whether somebody else who does not follow the author sees it.
    package var isPublic: Bool { visibility == .public && moderationStatus == .approved && !isDeleted }
}
