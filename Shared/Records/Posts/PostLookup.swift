import BSON
package import Domain
package import MongoClient

/// Reads posts by key, for services that do not own them.
package struct PostLookup: Sendable {
    private let posts: Lookup<PostRecord>
    private let generations: MongoCollection

    package init(in database: MongoDatabase) {
        posts = Lookup(in: database)
        generations = database.collection(GenerationRecord.collection.name)
    }

    package func byID(_ id: PostID) async throws -> PostRecord? { try await posts.byID(.id(id)) }

    package func byIDs(_ ids: [PostID]) async throws -> [PostRecord] { try await posts.byIDs(ids.map { .id($0) }) }

    /// Posts that wait for a moderator, the oldest first.
    ///
    /// - Parameter after: the place behind which to go on.
    package func flagged(after place: TimePlace<Tags.Post>?, limit: Int) async throws -> [PostRecord] {
        var filter: BSONDocument = ["moderationStatus": "flagged", "deletedAt": ["$exists": false]]
        filter.append(behind: place, .oldestFirst)
        return try await posts.matching(filter, sort: ["createdAt": 1, "_id": 1], limit: limit)
    }

    /// The post of a picture, deleted or not; a picture is posted at most once.
    package func of(_ generation: GenerationID) async throws -> PostRecord? {
        let picture = try await generations.findByID(.id(generation), projection: ["createdAt": 1])
        guard let createdAt = picture?.instant("createdAt") else { return nil }
        return try await byID(PostRecord.id(of: generation, madeAt: createdAt))
    }
}

extension PostRecord {
    /// A post's id derives from its picture, so that the primary key itself allows one post a picture.
    ///
    /// It tells the time when the picture was made, as every ObjectId tells a time: votes are kept by the age of posts.
    package static func id(of generation: GenerationID, madeAt: Instant) -> PostID {
        let seconds = UInt32(truncatingIfNeeded: madeAt.milliseconds / 1000)
        let time = [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: seconds >> UInt32($0)) }
        return PostID(ObjectID(bytes: time + generation.objectID.bytes.dropFirst(4)) ?? generation.objectID)
    }
}
