package import Domain

/// A post is gone for everybody: deleted by its author or taken down.
package struct PostRemoved: Event, Codable, Equatable {
    package static let topic = Topic.posts

    package var post: PostSnapshot
    /// `author` or a moderator's id.
    package var removedBy: String
    package var removedAt: Instant

    package var subject: UserID { post.authorID }

    package init(post: PostSnapshot, removedBy: String, removedAt: Instant) {
        self.post = post
        self.removedBy = removedBy
        self.removedAt = removedAt
    }
}
