package import Domain

/// A post stays hidden from everybody but its author and moderators.
package struct PostRejected: Event, Codable, Equatable {
    package static let topic = Topic.posts

    package var post: PostSnapshot
    package var reason: String
    package var rejectedAt: Instant

    package var subject: UserID { post.authorID }

    package init(post: PostSnapshot, reason: String, rejectedAt: Instant) {
        self.post = post
        self.reason = reason
        self.rejectedAt = rejectedAt
    }
}
