package import Domain
package import JSON

/// Somebody took a vote back: it is no longer shown, and goes on counting for gems.
package struct VoteWithdrawn: Event, Equatable {
    package static let type = "VoteWithdrawn"
    package static let topic = Topic.votes

    package var postID: PostID
    package var voterID: UserID
    package var authorID: UserID
    package var category: Category

    package init(postID: PostID, voterID: UserID, authorID: UserID, category: Category) {
        self.postID = postID
        self.voterID = voterID
        self.authorID = authorID
        self.category = category
    }

    package var subject: UserID { voterID }

    package func write(to writer: inout JSONWriter) {
        writer.object {
            $0.field("postID", postID.hex)
            $0.field("voterID", voterID.hex)
            $0.field("authorID", authorID.hex)
            $0.field("category", category.rawValue)
        }
    }

    package init(json: JSONValue) throws {
        self.init(
            postID: try json.requireID("postID"), voterID: try json.requireID("voterID"),
            authorID: try json.requireID("authorID"),
            category: json["category"]?.string.flatMap(Category.init) ?? .other)
    }
}
