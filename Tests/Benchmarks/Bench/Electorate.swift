import BSON
import Domain
import Glibc
import MongoClient
import Records
import RedisClient
import Runtime
import Security

/// People with tokens, and posts that all of them may vote for.
///
/// Written as auth and feed would write them; tokens are signed by a key that is in the database like auth's own.
struct Electorate {
    struct Voter {
        let id: UserID
        let token: String
    }

    let voters: [Voter]
    let posts: [PostID]
    /// SubjectPublicKeyInfo in DER.
    let publicKey: [UInt8]

    init(voters: Int, posts: Int, in database: MongoDatabase) async throws {
        let key = try RSAPrivateKey.generate()
        let now = Clock.now
        publicKey = try key.publicDER
        try await database.collection(PeopleCollections.signingKeys.name).insert([
            "_id": "bench", "publicKey": .string(Base64URL.encode(publicKey)),
            "sealedPrivateKey": .binary(BSONBinary(bytes: [0])), "createdAt": .instant(now),
            "activeFrom": .instant(now),
        ])
        let signer = TokenSigner(keyID: "bench", key: key)
        self.voters = try (0..<voters).map { _ in
            let id = UserID.new()
            return Voter(
                id: id,
                token: try signer.sign(
                    AccessClaims(
                        user: id, session: .new(), device: "device-\(id.hex)", tier: .premium, roles: [],
                        accountCreatedAt: now - .days(30), issuedAt: now, expiresAt: now + .minutes(60))))
        }
        let author = UserID.new()
        let records = (0..<posts).map { _ in Self.post(by: author, at: now) }
        _ = try await database.collection(PostRecord.collection.name).bulk(records.map { .insert($0.document) })
        self.posts = records.map(\.id)
    }

    private static func post(by author: UserID, at now: Instant) -> PostRecord {
        let id = PostID.new()
        var post = PostRecord(
            id: id, userID: author,
            author: AuthorSnapshot(username: "author", displayName: "Author", avatarUrl: nil, tier: .free),
            generationID: GenerationID(id.objectID), requestKey: id.hex, prompt: "a fox", refinedPrompt: nil,
            caption: nil, imageUrl: "/i", thumbnailUrl: "/t", imageWidth: 8, imageHeight: 8, blurhash: "x",
            model: "sketch", seed: 1, parameters: GenerationParameters(), generationTimeMs: 1, hasWatermark: true,
            tags: [], category: .art, visibility: .public, createdAt: now)
        post.moderationStatus = .approved
        return post
    }
}

/// The stores of a benchmark as the platform's own libraries see them.
struct StoreClients {
    let loops: EventLoopGroup
    let redis: RedisClient
    let mongo: MongoClient

    init(_ stores: Stores) throws {
        loops = try EventLoopGroup(count: 1)
        redis = RedisClient(
            url: try RedisURL("redis://127.0.0.1:\(stores.redisPort)/0"), loops: loops, options: RedisOptions())
        mongo = try MongoClient(MongoConfiguration(url: stores.mongoURL, threads: 2, applicationName: "bench"))
    }

    /// Lets voting's own worker make every voters' partition whole, then ends it: nothing of it is measured.
    func openPartitions(_ stores: Stores, in workshop: Workshop) async throws {
        let worker = try workshop.start(
            "\(workshop.binaries)/voting", ["serve", "--only", "worker:persist"],
            environment: try ServiceUnderTest.environment(stores, port: workshop.freePort(), in: workshop))
        defer { worker.stop() }
        let keys = Partition.all.map { RedisKey.voteEpoch($0) }
        for _ in 0..<300 {
            let replies = try await redis.pipeline(keys.map { ["EXISTS", .key($0)] })
            if replies.allSatisfy({ $0.integer == 1 }) { return }
            usleep(100_000)
        }
        throw BenchmarkFailure("voting's partitions do not open:\n\(worker.output.suffix(2000))")
    }
}
