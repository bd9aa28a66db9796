package import BSON
package import Domain
package import MongoClient

/// Reads who follows, blocks and mutes whom, for services that do not own these relations.
package struct RelationLookup: Sendable {
    private let follows: MongoCollection
    private let blocks: MongoCollection

    package init(in database: MongoDatabase) {
        follows = database.collection(SocialCollections.follows.name)
        blocks = database.collection(SocialCollections.blocks.name)
    }

    /// The `_id` of a relation: the ordered pair.
    package static func pairID(_ owner: UserID, _ other: UserID) -> BSONValue {
        .document(["a": .id(owner), "b": .id(other)])
    }

    /// The `_id` of a block or a mute: the ordered pair and the kind.
    package static func blockID(_ owner: UserID, _ other: UserID, kind: String) -> BSONValue {
        .document(["a": .id(owner), "b": .id(other), "kind": .string(kind)])
    }

    package func isFollowing(_ follower: UserID, _ author: UserID) async throws -> Bool {
        try await follows.findByID(Self.pairID(follower, author), projection: ["_id": 1]) != nil
    }

    /// Whether either of the two blocks the other.
    package func isBlocked(_ one: UserID, _ other: UserID) async throws -> Bool {
        let ids: [BSONValue] = [Self.blockID(one, other, kind: "block"), Self.blockID(other, one, kind: "block")]
        return try await blocks.findOne(["_id": ["$in": .array(ids)]], projection: ["_id": 1]) != nil
    }

    /// Whom somebody follows, the newest first.
    package func followed(by follower: UserID, limit: Int) async throws -> [UserID] {
        let documents = try await follows.find(
            ["followerId": .id(follower)], sort: ["createdAt": -1], limit: limit, projection: ["followingId": 1])
        return documents.compactMap { $0.id("followingId") }
    }

    /// Whose posts somebody is not to see: blocked either way, or muted.
    package func hidden(from viewer: UserID, limit: Int = 5000) async throws -> Set<UserID> {
        let own = try await blocks.find(["ownerId": .id(viewer)], limit: limit, projection: ["otherId": 1])
        let others = try await blocks.find(
            ["otherId": .id(viewer), "kind": "block"], limit: limit, projection: ["ownerId": 1])
        return Set(own.compactMap { $0.id("otherId") } + others.compactMap { $0.id("ownerId") })
    }
}
