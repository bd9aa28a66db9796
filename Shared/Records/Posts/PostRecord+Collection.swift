package import MongoClient
import Domain

extension PostRecord {
    package static let collection = CollectionDeclaration(
        "posts",
        Fields(
            required: [
                "_id": .objectID, "userId": .objectID, "author": .object, "generationId": .objectID,
                "requestKey": .string,
                "prompt": .string(1...2000), "imageUrl": .string, "thumbnailUrl": .string, "imageWidth": .count,
                "imageHeight": .count, "blurhash": .string, "model": .string, "seed": .int64,
                "generationParams": .object,
                "generationTimeMs": .count, "hasWatermark": .bool, "voteCount": .count, "commentCount": .count,
                "shareCount": .count, "viewCount": .count, "uniqueViewers": .count, "engagementScore": .double,
                "trendingScore": .double, "hotScore": .double, "tags": .array(.string(1...30), max: 10),
                "category": .oneOf(Category.self), "nsfw": .bool, "moderationStatus": .oneOf(ModerationStatus.self),
                "visibility": .oneOf(Visibility.self), "isPinned": .bool, "createdAt": .date, "updatedAt": .date,
            ],
            optional: [
                "refinedPrompt": .string(0...2000), "caption": .string(0...500), "nsfwScore": .number(0...1),
                "moderationReviewedAt": .date, "moderationReviewedBy": .string, "moderationNotes": .string,
                "deletedAt": .date, "versions": .object, "voteTotals": .object, "outbox": .outbox,
            ]),
        indexes: [
            IndexDeclaration(["userId": 1, "createdAt": -1]),
            IndexDeclaration(["createdAt": -1]),
            IndexDeclaration(["trendingScore": -1, "createdAt": -1]),
            IndexDeclaration(["hotScore": -1]),
            IndexDeclaration(["engagementScore": -1]),
            IndexDeclaration(["tags": 1, "createdAt": -1]),
            IndexDeclaration(["category": 1, "trendingScore": -1]),
            IndexDeclaration(["moderationStatus": 1, "createdAt": -1]),
            IndexDeclaration(["userId": 1, "voteCount": -1]),
            IndexDeclaration(["outbox.id": 1], sparse: true),
            IndexDeclaration(["prompt": "text", "tags": "text"]),
        ])
}
