package import MongoClient
import Domain

/// The collections that social alone writes. A relation's `_id` is the pair, so that it exists once.
package enum SocialCollections {
    package static let follows = CollectionDeclaration(
        "follows",
        Fields(
            required: ["_id": .object, "followerId": .objectID, "followingId": .objectID, "createdAt": .date],
            optional: ["outbox": .outbox]),
        indexes: [
            IndexDeclaration(["followerId": 1, "createdAt": -1]),
            IndexDeclaration(["followingId": 1, "createdAt": -1]),
        ])

    /// How many follow and are followed, per person, with the version that grows with every change.
    package static let followTotals = CollectionDeclaration(
        "follow_totals",
        Fields(
            required: [
                "_id": .objectID, "followers": .int64, "following": .int64, "version": .int64, "updatedAt": .date,
            ],
            optional: ["outbox": .outbox]),
        indexes: [IndexDeclaration(["outbox.id": 1], sparse: true)])

    /// Who blocks or mutes whom; a block works both ways.
    package static let blocks = CollectionDeclaration(
        "blocks",
        Fields(
            required: [
                "_id": .object, "ownerId": .objectID, "otherId": .objectID, "kind": .oneOf(["block", "mute"]),
                "createdAt": .date,
            ],
            optional: ["outbox": .outbox]),
        indexes: [
            IndexDeclaration(["ownerId": 1, "kind": 1]),
            IndexDeclaration(["otherId": 1, "kind": 1]),
            IndexDeclaration(["outbox.id": 1], sparse: true),
        ])

    /// Who was brought by whom: a row for each newcomer, who is brought once, so its `_id` is the newcomer.
    package static let referrals = CollectionDeclaration(
        "referrals",
        Fields(
            required: [
                "_id": .objectID, "referrerId": .objectID, "state": .oneOf(["pending", "validated", "refused"]),
                "emailVerified": .bool, "activeDays": .array(.string(10...10), max: 40), "createdAt": .date,
                "updatedAt": .date,
            ],
            optional: ["validatedAt": .date, "reason": .string, "outbox": .outbox]),
        indexes: [
            IndexDeclaration(["referrerId": 1, "createdAt": -1]),
            IndexDeclaration(["validatedAt": -1], sparse: true),
            IndexDeclaration(["state": 1, "createdAt": 1]),
            IndexDeclaration(["outbox.id": 1], sparse: true),
        ])

    package static let all = [follows, followTotals, blocks, referrals]
}
