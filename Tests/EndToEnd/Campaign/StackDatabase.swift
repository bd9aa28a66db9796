internal import BSON
internal import Dispatch
internal import Domain
internal import LocalStackSupervisor
internal import MongoClient
internal import Records
internal import Synchronization

/// The stack's database, seen without the services: what a campaign compares its own account with.
struct StackDatabase: Sendable {
    private let mongo: MongoClient

    init(_ stage: Stage) throws {
        mongo = try MongoClient(MongoConfiguration(url: try stage.plan().mongoURL, applicationName: "end-to-end"))
    }

    /// Puts a post there as feed stores one that was approved, its picture left out: thousands of votes need hundreds of
    /// posts, and painting them is another scenario's business.
    ///
    /// - Returns: the post's id.
    func publish(by author: Person) throws -> String {
        let post = PostID.new()
        guard let id = UserID(hex: author.id) else { throw StackError("no id of \(author.username)") }
        var record = PostRecord(
            id: post, userID: id,
            author: AuthorSnapshot(
                username: author.username, displayName: author.username, avatarUrl: nil, tier: .free),
            generationID: GenerationID(post.objectID), requestKey: post.hex, prompt: "a harbour at dawn",
            refinedPrompt: nil, caption: nil, imageUrl: "/media/none", thumbnailUrl: "/media/none", imageWidth: 768,
            imageHeight: 768, blurhash: "L00000fQfQfQfQfQfQfQfQfQfQfQ", model: "sketch", seed: 1,
            parameters: GenerationParameters(), generationTimeMs: 1, hasWatermark: true, tags: [], category: .art,
            visibility: .public, createdAt: Instant(milliseconds: Int64(Clock.wall * 1_000)))
        record.moderationStatus = ModerationStatus.approved
        let document = record.document
        try waiting { [mongo] in try await mongo.collection(PostRecord.collection.name).insert(document) }
        return post.hex
    }

    /// One pair as voting has stored it.
    struct Pair: Hashable, Sendable {
        let post: String
        let voter: String
    }

    /// All pairs of these authors' posts.
    func votes(forAuthors authors: [Person]) throws -> [VoteRecord] {
        try read(VoteCollections.votes.name, ["authorId": ["$in": .array(Self.ids(authors))]]) { try VoteRecord($0) }
    }

    /// E of each author, by id.
    func accepted(of authors: [Person]) throws -> [String: Int64] {
        let rows = try read(VoteCollections.authorTotals.name, ["_id.author": ["$in": .array(Self.ids(authors))]]) {
            ($0.document("_id")?.objectID("author")?.hex ?? "", $0.int64("accepted") ?? 0)
        }
        return Dictionary(rows, uniquingKeysWith: +)
    }

    private static func ids(_ people: [Person]) -> [BSONValue] {
        people.compactMap { ObjectID(hex: $0.id).map { .objectID($0) } }
    }

    private func read<Row: Sendable>(
        _ collection: String, _ filter: BSONDocument, _ row: @escaping @Sendable (BSONDocument) throws -> Row
    ) throws -> [Row] {
        try waiting { [mongo] in
            var rows: [Row] = []
            try await mongo.collection(collection).forEachBatch(filter, sort: ["_id": 1], batchSize: 2_000) { batch in
                rows += try batch.map(row)
            }
            return rows
        }
    }

    /// Blocks this thread, which is none of Swift's own, until the work is done.
    private func waiting<Success: Sendable>(
        _ body: @escaping @Sendable () async throws -> Success
    ) throws -> Success {
        let done = DispatchSemaphore(value: 0)
        let result = Mutex<Result<Success, any Error>?>(nil)
        Task {
            let outcome: Result<Success, any Error>
            do {
                outcome = .success(try await body())
            } catch {
                outcome = .failure(error)
            }
            result.withLock { $0 = outcome }
            done.signal()
        }
        done.wait()
        guard let outcome = result.withLock({ $0 }) else { throw StackError("no answer from the database") }
        return try outcome.get()
    }
}
