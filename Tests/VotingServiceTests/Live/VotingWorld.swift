import BSON
import Domain
import Events
import HTTPServer
import Lifecycle
import MongoClient
import Records
import RedisClient
import Runtime
import ServiceKit
import Testing
import TestSupport

@testable import VotingService

/// Voting on a Redis and a database of a test's own, its workers running unless told otherwise.
final class VotingWorld: Sendable {
    static let secret = "0123456789abcdef0123456789abcdef"

    /// Nil on a cluster.
    private let single: TestRedis?
    private let cluster: TestRedisCluster?
    let redis: RedisClient
    let mongo: MongoClient
    let parts: VotingParts
    private let workers = Locked<[Task<Void, any Error>]>([])

    static func run(
        workers: Bool = true, onCluster: Bool = false, durable: Bool = true,
        economy: EconomyConfiguration = .standard, votesPerTransaction: Int = 2000,
        _ body: (VotingWorld) async throws -> Void
    ) async throws {
        try await withDatabase(threads: 8) { mongo in
            let world = try await VotingWorld(
                mongo, economy, onCluster: onCluster, durable: durable, votesPerTransaction)
            if workers { world.startWorkers() }
            do {
                try await body(world)
            } catch {
                await world.stop()
                throw error
            }
            await world.stop()
        }
    }

    private init(
        _ mongo: MongoClient, _ economy: EconomyConfiguration, onCluster: Bool, durable: Bool,
        _ votesPerTransaction: Int
    ) async throws {
        if onCluster {
            let cluster = try await TestRedisCluster.start()
            redis = try cluster.client()
            (single, self.cluster) = (nil, cluster)
        } else {
            let server = try await TestRedis.start(durable: durable)
            redis = try server.client()
            (single, cluster) = (server, nil)
        }
        self.mongo = mongo
        parts = VotingParts(
            redis: redis, mongo: mongo, secret: Self.secret, economy: economy, votesPerTransaction: votesPerTransaction)
        _ = try await Migrator(mongo.database).migrate(
            VoteCollections.all + [PostRecord.collection, UserRecord.collection] + SocialCollections.all)
    }

    var server: TestRedis {
        get throws { try #require(single) }
    }

    /// As a process of its own is told it.
    var redisURL: String {
        get throws {
            guard let cluster else { return "redis://127.0.0.1:\(try server.port)/0" }
            return "redis+cluster://" + cluster.nodes.map { "127.0.0.1:\($0.port)" }.joined(separator: ",")
        }
    }

    func startWorkers() {
        for service in [parts.persisting, parts.projecting, parts.relaying] { start(service) }
    }

    func start(_ service: any Service) {
        let task = Task {
            guard let loop = try TestLoops.shared().loops.randomElement() else { return }
            try await loop.run { try await service.run() }
        }
        workers.withLock { $0.append(task) }
    }

    func stopWorkers() async {
        let running = workers.withLock { running in
            defer { running = [] }
            return running
        }
        for task in running { task.cancel() }
        for task in running { _ = await task.result }
    }

    private func stop() async {
        await stopWorkers()
        await redis.close()
    }

    func ready() async throws {
        try await eventually("the partitions") { try await parts.rebuild.missing().isEmpty }
    }

    // MARK: People and posts

    func caller(_ id: UserID = .new(), tier: Tier = .free, device: String? = nil, age: Duration = .days(10)) -> Caller {
        Caller(
            userID: id, sessionID: .new(), deviceID: device ?? "device-\(id.hex)", tier: tier, roles: [],
            accountCreatedAt: .now() - age, tokenExpiresAt: .now() + .minutes(10))
    }

    func person(_ name: String, id: UserID = .new()) async throws -> UserID {
        let user = UserRecord(id: id, username: name, displayName: name, referralCode: "ABCD2345", createdAt: .now())
        try await mongo.collection("users").insert(user.document)
        return id
    }

    func post(
        by author: UserID, status: ModerationStatus = .approved, visibility: Visibility = .public, id: PostID = .new()
    ) async throws -> PostID {
        var post = PostRecord(
            id: id, userID: author,
            author: AuthorSnapshot(username: "author", displayName: "Author", avatarUrl: nil, tier: .free),
            generationID: GenerationID(id.objectID), requestKey: id.hex, prompt: "a fox", refinedPrompt: nil,
            caption: nil, imageUrl: "/i", thumbnailUrl: "/t", imageWidth: 8, imageHeight: 8, blurhash: "x",
            model: "sketch", seed: 1, parameters: GenerationParameters(), generationTimeMs: 1, hasWatermark: true,
            tags: [], category: .art, visibility: visibility, createdAt: .now())
        post.moderationStatus = status
        try await mongo.collection("posts").insert(post.document)
        return post.id
    }

    func address(_ number: Int) -> IPAddress { IPAddress(v4: 0xC633_6400 + UInt32(number)) }

    @discardableResult
    func vote(_ post: PostID, _ caller: Caller, address: IPAddress? = nil) async throws -> CastVote.Result {
        try await parts.cast(post, by: caller, from: address, at: .now())
    }

    // MARK: What came of it

    func totals(of post: PostID) async throws -> (displayed: Int64, accepted: Int64) {
        let rows = try await parts.votes.totals(of: post)
        return (rows.reduce(0) { $0 + $1.displayed }, rows.reduce(0) { $0 + $1.accepted })
    }

    /// E of an author.
    func accepted(of author: UserID) async throws -> Int64 {
        try await mongo.collection(VoteCollections.authorTotals.name).find(["_id.author": .id(author)])
            .reduce(0) { $0 + ($1.int64("accepted") ?? 0) }
    }

    func score(of author: UserID, _ period: LeaderboardPeriod = .daily, _ category: Category? = nil) async throws
        -> Int64
    {
        try await parts.boards.standing(of: author, on: Board(period, at: .now(), category: category))?.score ?? 0
    }

    /// The keys of an author's gems for votes, in the order of the ledger.
    func gems(of author: UserID) async throws -> [String] {
        try await mongo.collection("gem_transactions").find(["userId": .id(author)], sort: ["seq": 1])
            .compactMap { $0.string("idempotencyKey") }
    }

    func pairs() async throws -> Int { try await parts.votes.votes.count() }

    /// Entries of the votes streams that are not yet persisted.
    func backlog() async throws -> Int64 {
        var backlog: Int64 = 0
        for stream in Topic.votes.streams {
            for group in try await redis.send(["XINFO", "GROUPS", .key(stream)]).array ?? [] {
                let fields = group.array ?? []
                guard fields.count > 11, fields[1].text == PersistVotes.group else { continue }
                backlog += (fields[5].integer ?? 0) + (fields[11].integer ?? 0)
            }
        }
        return backlog
    }

    func persisted() async throws {
        try await eventually("everything persisted") { try await backlog() == 0 }
    }
}
