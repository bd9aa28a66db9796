package import BSON
import Domain

extension PostRecord {
    package init(_ document: BSONDocument) throws(BSONError) {
        let parameters = try document.requireDocument("generationParams")
        self.init(
            id: try document.requireID("_id"), userID: try document.requireID("userId"),
            author: try AuthorSnapshot(try document.requireDocument("author")),
            generationID: try document.requireID("generationId"), requestKey: try document.requireString("requestKey"),
            prompt: try document.requireString("prompt"), refinedPrompt: document.string("refinedPrompt"),
            caption: document.string("caption"), imageUrl: try document.requireString("imageUrl"),
            thumbnailUrl: try document.requireString("thumbnailUrl"), imageWidth: try document.requireInt("imageWidth"),
            imageHeight: try document.requireInt("imageHeight"), blurhash: try document.requireString("blurhash"),
            model: try document.requireString("model"), seed: try document.requireInt64("seed"),
            parameters: GenerationParameters(
                steps: parameters.int("steps"), cfgScale: parameters.double("cfgScale"),
                negativePrompt: parameters.string("negativePrompt")),
            generationTimeMs: try document.requireInt64("generationTimeMs"),
            hasWatermark: try document.requireBool("hasWatermark"), tags: document.strings("tags") ?? [],
            category: try document.requireCase("category"), visibility: try document.requireCase("visibility"),
            createdAt: try document.requireInstant("createdAt"))
        counters.votes = try document.requireInt64("voteCount")
        counters.comments = try document.requireInt64("commentCount")
        counters.shares = try document.requireInt64("shareCount")
        counters.views = try document.requireInt64("viewCount")
        counters.uniqueViewers = try document.requireInt64("uniqueViewers")
        engagementScore = try document.requireDouble("engagementScore")
        trendingScore = try document.requireDouble("trendingScore")
        hotScore = try document.requireDouble("hotScore")
        nsfw = try document.requireBool("nsfw")
        moderationStatus = try document.requireCase("moderationStatus")
        isPinned = try document.requireBool("isPinned")
        updatedAt = try document.requireInstant("updatedAt")
        deletedAt = document.instant("deletedAt")
    }

    package var document: BSONDocument {
        var result: BSONDocument = [
            "_id": .id(id), "userId": .id(userID), "author": .document(author.document),
            "generationId": .id(generationID),
            "requestKey": .string(requestKey), "prompt": .string(prompt),
        ]
        result.append("refinedPrompt", ifPresent: refinedPrompt.map { .string($0) })
        result.append("caption", ifPresent: caption.map { .string($0) })
        appendPicture(to: &result)
        appendCounters(to: &result)
        result.append("tags", .strings(tags))
        result.append("category", .string(category.rawValue))
        result.append("nsfw", .bool(nsfw))
        result.append("moderationStatus", .string(moderationStatus.rawValue))
        result.append("visibility", .string(visibility.rawValue))
        result.append("isPinned", .bool(isPinned))
        result.append("createdAt", .instant(createdAt))
        result.append("updatedAt", .instant(updatedAt))
        result.append("deletedAt", ifPresent: deletedAt.map { .instant($0) })
        return result
    }

    private func appendPicture(to result: inout BSONDocument) {
        result.append("imageUrl", .string(imageUrl))
        result.append("thumbnailUrl", .string(thumbnailUrl))
        result.append("imageWidth", .int32(Int32(imageWidth)))
        result.append("imageHeight", .int32(Int32(imageHeight)))
        result.append("blurhash", .string(blurhash))
        result.append("model", .string(model))
        result.append("seed", .int64(seed))
        var parameters = BSONDocument()
        parameters.append("steps", ifPresent: self.parameters.steps.map { .int32(Int32($0)) })
        parameters.append("cfgScale", ifPresent: self.parameters.cfgScale.map { .double($0) })
        parameters.append("negativePrompt", ifPresent: self.parameters.negativePrompt.map { .string($0) })
        result.append("generationParams", .document(parameters))
        result.append("generationTimeMs", .int64(generationTimeMs))
        result.append("hasWatermark", .bool(hasWatermark))
    }

    private func appendCounters(to result: inout BSONDocument) {
        result.append("voteCount", .int64(counters.votes))
        result.append("commentCount", .int64(counters.comments))
        result.append("shareCount", .int64(counters.shares))
        result.append("viewCount", .int64(counters.views))
        result.append("uniqueViewers", .int64(counters.uniqueViewers))
        result.append("engagementScore", .double(engagementScore))
        result.append("trendingScore", .double(trendingScore))
        result.append("hotScore", .double(hotScore))
    }
}

extension AuthorSnapshot {
    package init(_ document: BSONDocument) throws(BSONError) {
        self.init(
            username: try document.requireString("username"), displayName: try document.requireString("displayName"),
            avatarUrl: document.string("avatarUrl"), tier: try document.requireCase("tier"))
    }

    package var document: BSONDocument {
        var result: BSONDocument = ["username": .string(username), "displayName": .string(displayName)]
        result.append("avatarUrl", ifPresent: avatarUrl.map { .string($0) })
        result.append("tier", .string(tier.rawValue))
        return result
    }
}
