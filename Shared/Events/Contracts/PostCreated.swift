package import Domain

/// A post was made; moderation looks at it before others see it.
package struct PostCreated: Event, Codable, Equatable {
    package static let topic = Topic.posts

    package var post: PostSnapshot
    package var generationID: GenerationID
    package var refinedPrompt: String?

    package var subject: UserID { post.authorID }

    package init(post: PostSnapshot, generationID: GenerationID, refinedPrompt: String? = nil) {
        self.post = post
        self.generationID = generationID
        self.refinedPrompt = refinedPrompt
    }
}
