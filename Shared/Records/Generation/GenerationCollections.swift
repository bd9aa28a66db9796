package import MongoClient
import Domain

/// The collections that generation alone writes.
package enum GenerationCollections {
    package static let jobs = CollectionDeclaration(
        "generation_jobs",
        Fields(
            required: [
                "_id": .objectID, "userId": .objectID, "requestKey": .string, "prompt": .string(1...2000),
                "model": .string, "seed": .int64, "priority": .integer, "status": .oneOf(GenerationStatus.self),
                "costGems": .int64, "attempts": .count, "createdAt": .date, "updatedAt": .date,
            ],
            optional: [
                "refinedPrompt": .string(0...2000), "negativePrompt": .string(0...2000), "steps": .count,
                "cfgScale": .double, "width": .count, "height": .count, "holdKey": .string, "holdClosed": .bool,
                "quotaDay": .string, "imageKey": .string, "thumbnailKey": .string, "imageUrl": .string,
                "thumbnailUrl": .string, "blurhash": .string, "perceptualHash": .string, "imageWidth": .count,
                "imageHeight": .count, "hasWatermark": .bool, "modelVersion": .string, "generationTimeMs": .count,
                "workerId": .string, "lastError": .string, "computeCostUsd": .double, "startedAt": .date,
                "completedAt": .date, "expiresAt": .date, "deletedAt": .date, "outbox": .outbox,
            ]),
        indexes: [
            IndexDeclaration(["userId": 1, "createdAt": -1]),
            IndexDeclaration(["status": 1, "priority": -1, "createdAt": 1]),
            IndexDeclaration(["workerId": 1], sparse: true),
            // Set on failed and cancelled jobs only: a completed one lives until its owner deletes the picture.
            IndexDeclaration(["expiresAt": 1], sparse: true, expireAfter: .zero),
            IndexDeclaration(["outbox.id": 1], sparse: true),
            // What the sweeper looks for: holds that are still open, pictures whose files are to go.
            IndexDeclaration(["holdClosed": 1, "updatedAt": 1], partial: ["holdClosed": false]),
            IndexDeclaration(["deletedAt": 1], sparse: true),
        ])

    /// Models are data: `_id` is the name that requests use.
    package static let models = CollectionDeclaration(
        "models",
        Fields(
            required: [
                "_id": .string(1...64), "name": .string(1...100), "tier": .oneOf(Tier.self), "provider": .string,
                "costGems": .int64, "unlockGems": .int64, "limits": .object, "order": .integer, "version": .count,
            ],
            optional: ["modelVersion": .string, "updatedAt": .date]))

    package static let all = [jobs, models]
}
