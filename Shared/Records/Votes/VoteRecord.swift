package import BSON
package import Domain
package import MongoClient

/// One (post, voter) pair, for ever; written by voting alone.
package struct VoteRecord: Record, Equatable {
    package static let collection = VoteCollections.votes

    /// Derived from the pair.
    package var id: ObjectID
    package var postID: PostID
    package var voterID: UserID
    package var authorID: UserID
    package var category: Category
    package var state: VoteState
    package var withdrawn: Bool
    /// The stream id of the newest change by the voter.
    package var version: String
    package var fraudScore: Double?
    /// When the vote was first cast: decides day, week and the multiplier's window.
    package var createdAt: Instant
    package var updatedAt: Instant

    package init(
        id: ObjectID, postID: PostID, voterID: UserID, authorID: UserID, category: Category, state: VoteState,
        withdrawn: Bool = false, version: String, fraudScore: Double? = nil, createdAt: Instant
    ) {
        self.id = id
        self.postID = postID
        self.voterID = voterID
        self.authorID = authorID
        self.category = category
        self.state = state
        self.withdrawn = withdrawn
        self.version = version
        self.fraudScore = fraudScore
        self.createdAt = createdAt
        updatedAt = createdAt
    }

    package init(_ document: BSONDocument) throws(BSONError) {
        self.init(
            id: try document.requireObjectID("_id"), postID: try document.requireID("postId"),
            voterID: try document.requireID("voterId"), authorID: try document.requireID("authorId"),
            category: try document.requireCase("category"), state: try document.requireCase("state"),
            withdrawn: try document.requireBool("withdrawn"), version: try document.requireString("version"),
            fraudScore: document.double("fraudScore"), createdAt: try document.requireInstant("createdAt"))
        updatedAt = try document.requireInstant("updatedAt")
    }

    package var document: BSONDocument {
        var result: BSONDocument = [
            "_id": .objectID(id), "postId": .id(postID), "voterId": .id(voterID), "authorId": .id(authorID),
            "partition": .int32(Int32(Partition(of: voterID).number)), "category": .string(category.rawValue),
            "state": .string(state.rawValue), "withdrawn": .bool(withdrawn), "version": .string(version),
        ]
        result.append("fraudScore", ifPresent: fraudScore.map { .double($0) })
        result.append("createdAt", .instant(createdAt))
        result.append("updatedAt", .instant(updatedAt))
        return result
    }

    /// The same as `document`, written out.
    package func write(to writer: inout BSONWriter) {
        writer.field("_id", id)
        writer.field("postId", postID.objectID)
        writer.field("voterId", voterID.objectID)
        writer.field("authorId", authorID.objectID)
        writer.field("partition", int32: Int32(Partition(of: voterID).number))
        writer.field("category", category.rawValue)
        writer.field("state", state.rawValue)
        writer.field("withdrawn", withdrawn)
        writer.field("version", version)
        if let fraudScore { writer.field("fraudScore", double: fraudScore) }
        writer.field("createdAt", date: createdAt.milliseconds)
        writer.field("updatedAt", date: updatedAt.milliseconds)
    }

    /// In E: whatever the voter withdraws stays in.
    package var isAccepted: Bool { state == .counted }
    package var isDisplayed: Bool { state == .counted && !withdrawn }
}
