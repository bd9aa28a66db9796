package import Domain

/// Caption, tags, category, visibility, the pin or the author's name changed.
package struct PostUpdated: Event, Codable, Equatable {
    package static let topic = Topic.posts

    package var post: PostSnapshot
    package var isPinned: Bool

    package var subject: UserID { post.authorID }

    package init(post: PostSnapshot, isPinned: Bool = false) {
        self.post = post
        self.isPinned = isPinned
    }
}
