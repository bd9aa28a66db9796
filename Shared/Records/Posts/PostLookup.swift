import BSON
package import Domain
package import MongoClient

/// Reads posts by key, for services that do not own them.
package struct PostLookup: Sendable {
    private let posts: Lookup<PostRecord>

    package init(in database: MongoDatabase) {
        posts = Lookup(in: database)
    }

    package func byID(_ id: PostID) async throws -> PostRecord? { try await posts.byID(.id(id)) }

    package func byIDs(_ ids: [PostID]) async throws -> [PostRecord] { try await posts.byIDs(ids.map { .id($0) }) }

    /// Posts that wait for a moderator, the oldest first.
    ///
    /// - Parameter after: the place behind which to go on.
    package func flagged(after place: (createdAt: Instant, id: PostID)?, limit: Int) async throws -> [PostRecord] {
        var filter: BSONDocument = ["moderationStatus": "flagged", "deletedAt": ["$exists": false]]
        if let place {
            filter.append(
                "$or",
                [
                    ["createdAt": ["$gt": .instant(place.createdAt)]],
                    ["createdAt": .instant(place.createdAt), "_id": ["$gt": .id(place.id)]],
                ])
        }
        return try await posts.matching(filter, sort: ["createdAt": 1, "_id": 1], limit: limit)
    }

    /// The post of a picture, deleted or not; a picture is posted at most once, under its own id.
    package func of(_ generation: GenerationID) async throws -> PostRecord? {
        try await byID(PostRecord.id(of: generation))
    }
}

extension PostRecord {
    /// A post bears the id of its picture, so that the primary key itself allows one post a picture.
    package static func id(of generation: GenerationID) -> PostID { PostID(generation.objectID) }
}
