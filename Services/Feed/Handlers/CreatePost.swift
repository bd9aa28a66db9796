import ContentRules
import Domain
import HTTPServer
import Records

/// Posts a finished picture: once a picture, once a request.
struct CreatePost: Sendable {
    let posts: any Posts
    let generation: @Sendable (GenerationID) async throws -> GenerationRecord?
    let person: @Sendable (UserID) async throws -> UserRecord?
    let rules: ContentRules
    let now: @Sendable () -> Instant

    /// - Parameter requestKey: a retry of the same request gets the post that the first one made.
    /// - Throws: `not-found`: no such picture of this person. `generation-not-ready`, `already-posted`, `content-rejected`.
    func callAsFunction(_ body: CreatePostBody, by author: UserID, requestKey: String) async throws -> PostRecord {
        guard let picture = try await generation(body.generationID), picture.userID == author, picture.deletedAt == nil
        else {
            throw Problem(.notFound, "no such picture of yours")
        }
        guard picture.status == .completed, let output = picture.output else {
            throw Problem(.generationNotReady, "the picture is \(picture.status.rawValue)")
        }
        try rules.requireAcceptable(body.caption, body.tags)
        guard let user = try await person(author) else { throw Problem(.unauthenticated) }
        let post = Self.post(of: picture, output, body, by: user, requestKey: requestKey, at: now())
        guard let existing = try await posts.insert(post) else { return post }
        guard existing.requestKey == requestKey, !existing.isDeleted else { throw Problem(.alreadyPosted) }
        return existing
    }

    private static func post(
        of picture: GenerationRecord, _ output: GenerationRecord.Output, _ body: CreatePostBody, by user: UserRecord,
        requestKey: String, at now: Instant
    ) -> PostRecord {
        PostRecord(
            id: PostRecord.id(of: picture.id, madeAt: picture.createdAt), userID: user.id, author: user.snapshot,
            generationID: picture.id,
            requestKey: requestKey, prompt: picture.prompt, refinedPrompt: picture.refinedPrompt, caption: body.caption,
            imageUrl: output.imageUrl, thumbnailUrl: output.thumbnailUrl, imageWidth: output.width,
            imageHeight: output.height, blurhash: output.blurhash, model: picture.model, seed: picture.seed,
            parameters: GenerationParameters(
                steps: picture.steps, cfgScale: picture.cfgScale, negativePrompt: picture.negativePrompt),
            generationTimeMs: output.generationTimeMs, hasWatermark: output.hasWatermark,
            tags: body.tags ?? Subjects.tags(of: picture.prompt),
            category: body.category ?? Subjects.category(of: picture.prompt), visibility: body.visibility,
            createdAt: now)
    }
}

extension ContentRules {
    /// - Throws: `content-rejected` for what no post may say.
    func requireAcceptable(_ caption: String?, _ tags: [String]?) throws(Problem) {
        let verdict = check([caption].compactMap(\.self) + (tags ?? []))
        if verdict.isRefused {
            throw Problem(.contentRejected, "the rules refuse this text: \(verdict.matched.joined(separator: ", "))")
        }
    }
}
