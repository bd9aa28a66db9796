package import Domain

/// What a post is at a moment: read models apply it where `version` is newer than what they hold.
package struct PostSnapshot: Codable, Equatable, Sendable {
    package var postID: PostID
    package var authorID: UserID
    package var author: PersonSnapshot
    package var category: Category
    package var tags: [String]
    package var visibility: Visibility
    package var moderationStatus: ModerationStatus
    package var isRemoved: Bool
    package var prompt: String
    package var caption: String?
    package var imageUrl: String
    package var thumbnailUrl: String
    package var createdAt: Instant
    /// Grows with every change of the post: its `updatedAt` in milliseconds.
    package var version: Int64

    package init(
        postID: PostID, authorID: UserID, author: PersonSnapshot, category: Category, tags: [String] = [],
        visibility: Visibility, moderationStatus: ModerationStatus, isRemoved: Bool = false, prompt: String,
        caption: String? = nil, imageUrl: String, thumbnailUrl: String, createdAt: Instant, version: Int64
    ) {
        self.postID = postID
        self.authorID = authorID
        self.author = author
        self.category = category
        self.tags = tags
        self.visibility = visibility
        self.moderationStatus = moderationStatus
        self.isRemoved = isRemoved
        self.prompt = prompt
        self.caption = caption
        self.imageUrl = imageUrl
        self.thumbnailUrl = thumbnailUrl
        self.createdAt = createdAt
        self.version = version
    }

    /// Whether everybody sees it.
    package var isPublic: Bool { visibility == .public && moderationStatus == .approved && !isRemoved }
}
