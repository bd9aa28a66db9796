package import Domain

/// How often a post was seen, and by how many.
package struct PostViewsChanged: Event, Codable, Equatable {
    package static let topic = Topic.analytics

    package var postID: PostID
    /// Whose partition it goes to; the post's own id where the author is not known.
    package var authorID: UserID
    package var views: Int64
    package var uniqueViewers: Int64
    package var version: Int64
    package var at: Instant

    package var subject: UserID { authorID }

    package init(postID: PostID, authorID: UserID, views: Int64, uniqueViewers: Int64, version: Int64, at: Instant) {
        self.postID = postID
        self.authorID = authorID
        self.views = views
        self.uniqueViewers = uniqueViewers
        self.version = version
        self.at = at
    }
}
