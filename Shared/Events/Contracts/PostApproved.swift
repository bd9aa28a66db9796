package import Domain

/// A post may be seen as far as its visibility allows.
package struct PostApproved: Event, Codable, Equatable {
    package static let topic = Topic.posts

    package var post: PostSnapshot
    package var approvedAt: Instant

    package var subject: UserID { post.authorID }

    package init(post: PostSnapshot, approvedAt: Instant) {
        self.post = post
        self.approvedAt = approvedAt
    }
}
