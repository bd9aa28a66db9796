package import BSON
package import Domain
package import MongoClient

/// One document of `generation_jobs`; written by generation alone, read by feed when a picture is posted.
package struct GenerationRecord: Record, Equatable {
    /// What the finished picture is and where.
    package struct Output: Equatable, Sendable {
        package var imageKey: String
        package var thumbnailKey: String
        package var imageUrl: String
        package var thumbnailUrl: String
        package var blurhash: String
        package var perceptualHash: String?
        package var width: Int
        package var height: Int
        package var hasWatermark: Bool
        package var generationTimeMs: Int64

        package init(
            imageKey: String, thumbnailKey: String, imageUrl: String, thumbnailUrl: String, blurhash: String,
            perceptualHash: String?, width: Int, height: Int, hasWatermark: Bool, generationTimeMs: Int64
        ) {
            self.imageKey = imageKey
            self.thumbnailKey = thumbnailKey
            self.imageUrl = imageUrl
            self.thumbnailUrl = thumbnailUrl
            self.blurhash = blurhash
            self.perceptualHash = perceptualHash
            self.width = width
            self.height = height
            self.hasWatermark = hasWatermark
            self.generationTimeMs = generationTimeMs
        }
    }

    package var id: GenerationID
    package var userID: UserID
    package var requestKey: String
    package var prompt: String
    package var refinedPrompt: String?
    package var negativePrompt: String?
    package var model: String
    package var seed: Int64
    package var steps: Int?
    package var cfgScale: Double?
    package var width: Int?
    package var height: Int?
    package var priority: Int64 = 0
    package var status = GenerationStatus.queued
    package var costGems: Gems = 0
    /// The ledger's key of the hold; nil for a picture that costs nothing.
    package var holdKey: String?
    package var holdClosed = false
    package var quotaDay: String?
    package var attempts: Int64 = 0
    package var workerID: String?
    package var lastError: String?
    package var output: Output?
    package var createdAt: Instant
    package var updatedAt: Instant
    package var startedAt: Instant?
    package var completedAt: Instant?
    /// When a failed or cancelled job goes.
    package var expiresAt: Instant?
    package var deletedAt: Instant?

    package init(
        id: GenerationID, userID: UserID, requestKey: String, prompt: String, model: String, seed: Int64,
        createdAt: Instant
    ) {
        self.id = id
        self.userID = userID
        self.requestKey = requestKey
        self.prompt = prompt
        self.model = model
        self.seed = seed
        self.createdAt = createdAt
        updatedAt = createdAt
    }
}

extension GenerationRecord {
    package static var collection: CollectionDeclaration { GenerationCollections.jobs }

    package init(_ document: BSONDocument) throws(BSONError) {
        self.init(
            id: try document.requireID("_id"), userID: try document.requireID("userId"),
            requestKey: try document.requireString("requestKey"), prompt: try document.requireString("prompt"),
            model: try document.requireString("model"), seed: try document.requireInt64("seed"),
            createdAt: try document.requireInstant("createdAt"))
        refinedPrompt = document.string("refinedPrompt")
        negativePrompt = document.string("negativePrompt")
        steps = document.int("steps")
        cfgScale = document.double("cfgScale")
        width = document.int("width")
        height = document.int("height")
        priority = try document.requireInt64("priority")
        status = try document.requireCase("status")
        costGems = try document.requireGems("costGems")
        holdKey = document.string("holdKey")
        holdClosed = document.bool("holdClosed") ?? false
        quotaDay = document.string("quotaDay")
        attempts = try document.requireInt64("attempts")
        workerID = document.string("workerId")
        lastError = document.string("lastError")
        output = try document.string("imageKey").map { (key) throws(BSONError) in try Output(document, imageKey: key) }
        updatedAt = try document.requireInstant("updatedAt")
        startedAt = document.instant("startedAt")
        completedAt = document.instant("completedAt")
        expiresAt = document.instant("expiresAt")
        deletedAt = document.instant("deletedAt")
    }

    package var document: BSONDocument {
        var result: BSONDocument = [
            "_id": .id(id), "userId": .id(userID), "requestKey": .string(requestKey), "prompt": .string(prompt),
        ]
        result.append("refinedPrompt", ifPresent: refinedPrompt.map { .string($0) })
        result.append("negativePrompt", ifPresent: negativePrompt.map { .string($0) })
        result.append("model", .string(model))
        result.append("seed", .int64(seed))
        result.append("steps", ifPresent: steps.map { .int32(Int32($0)) })
        result.append("cfgScale", ifPresent: cfgScale.map { .double($0) })
        result.append("width", ifPresent: width.map { .int32(Int32($0)) })
        result.append("height", ifPresent: height.map { .int32(Int32($0)) })
        result.append("priority", .int64(priority))
        result.append("status", .string(status.rawValue))
        result.append("costGems", .gems(costGems))
        result.append("holdKey", ifPresent: holdKey.map { .string($0) })
        result.append("holdClosed", .bool(holdClosed))
        result.append("quotaDay", ifPresent: quotaDay.map { .string($0) })
        result.append("attempts", .int64(attempts))
        result.append("workerId", ifPresent: workerID.map { .string($0) })
        result.append("lastError", ifPresent: lastError.map { .string($0) })
        output?.append(to: &result)
        result.append("createdAt", .instant(createdAt))
        result.append("updatedAt", .instant(updatedAt))
        result.append("startedAt", ifPresent: startedAt.map { .instant($0) })
        result.append("completedAt", ifPresent: completedAt.map { .instant($0) })
        result.append("expiresAt", ifPresent: expiresAt.map { .instant($0) })
        result.append("deletedAt", ifPresent: deletedAt.map { .instant($0) })
        return result
    }
}

extension GenerationRecord.Output {
    init(_ document: BSONDocument, imageKey: String) throws(BSONError) {
        self.init(
            imageKey: imageKey, thumbnailKey: try document.requireString("thumbnailKey"),
            imageUrl: try document.requireString("imageUrl"), thumbnailUrl: try document.requireString("thumbnailUrl"),
            blurhash: try document.requireString("blurhash"), perceptualHash: document.string("perceptualHash"),
            width: try document.requireInt("imageWidth"), height: try document.requireInt("imageHeight"),
            hasWatermark: try document.requireBool("hasWatermark"),
            generationTimeMs: try document.requireInt64("generationTimeMs"))
    }

    /// The fields of a finished picture, for a whole document or an update's `$set`.
    package func append(to result: inout BSONDocument) {
        result.append("imageKey", .string(imageKey))
        result.append("thumbnailKey", .string(thumbnailKey))
        result.append("imageUrl", .string(imageUrl))
        result.append("thumbnailUrl", .string(thumbnailUrl))
        result.append("blurhash", .string(blurhash))
        result.append("perceptualHash", ifPresent: perceptualHash.map { .string($0) })
        result.append("imageWidth", .int32(Int32(width)))
        result.append("imageHeight", .int32(Int32(height)))
        result.append("hasWatermark", .bool(hasWatermark))
        result.append("generationTimeMs", .int64(generationTimeMs))
    }
}
