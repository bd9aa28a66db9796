import Domain
import Events
import Lifecycle
import MongoClient
import Records
import RedisClient
import ServiceKit

/// The concrete pieces of the service, put together in one place.
struct VotingParts: Sendable {
    let redis: RedisClient
    let votes: MongoVotes
    let posts: RedisPosts
    let boards: RedisBoards
    let ballots: RedisBallots
    let evidence: EvidenceHash
    let economy: EconomyConfiguration
    private let votesPerTransaction: Int
    private let mongo: MongoClient

    init(
        redis: RedisClient, mongo: MongoClient, secret: String, economy: EconomyConfiguration = .standard,
        votesPerTransaction: Int = 2000
    ) {
        self.votesPerTransaction = votesPerTransaction
        self.redis = redis
        self.mongo = mongo
        self.economy = economy
        votes = MongoVotes(mongo: mongo, bus: EventBus(redis: redis))
        posts = RedisPosts(redis: redis)
        boards = RedisBoards(redis: redis)
        ballots = RedisBallots(redis: redis)
        evidence = EvidenceHash(secret: secret)
    }

    init(_ context: ServiceContext) {
        self.init(
            redis: context.redis, mongo: context.mongo, secret: context.configuration.string(.evidenceHashSecret),
            votesPerTransaction: context.configuration.integer(.votesPerTransaction))
    }

    private var findPost: FindPost {
        FindPost(
            known: posts, posts: PostLookup(in: mongo.database), votes: votes,
            relations: RelationLookup(in: mongo.database))
    }

    var cast: CastVote {
        CastVote(findPost: findPost, ballots: ballots, votes: votes, evidence: evidence, economy: economy)
    }

    var withdraw: WithdrawVote { WithdrawVote(findPost: findPost, ballots: ballots, votes: votes) }
    var leaderboard: ReadLeaderboard { ReadLeaderboard(boards: boards, users: UserLookup(in: mongo.database)) }
    var project: ProjectVotes { ProjectVotes(posts: posts, boards: boards, ballots: ballots) }
    var judge: JudgeVotes { JudgeVotes(votes: votes, project: project) }

    var rebuild: RebuildVotes {
        RebuildVotes(redis: redis, votes: votes, blocks: mongo.collection(SocialCollections.blocks.name))
    }

    var persist: PersistVotes {
        let users = mongo.collection(UserRecord.collection.name)
        return PersistVotes(
            score: ScoreVotes(redis: redis, votes: votes, users: users, economy: economy), votes: votes,
            project: project, votesPerTransaction: votesPerTransaction)
    }

    /// - Parameter minutes: between two runs.
    func ringSchedule(everyMinutes minutes: Int) -> RingSchedule {
        RingSchedule(
            firings: Firings(
                name: "rings", every: .seconds(minutes * 60), collection: mongo.collection(VoteCollections.firings.name)
            ),
            find: findRings)
    }

    var findRings: FindRings {
        FindRings(
            votes: votes, flag: FlagColluding(votes: votes, project: project, economy: economy), economy: economy)
    }

    /// Reads the votes stream; keeps the partitions whole meanwhile.
    var persisting: any Service {
        let (persist, keeper) = (persist, EpochKeeper(rebuild: rebuild))
        var options = ConsumerOptions()
        options.batch = votesPerTransaction
        options.entryHolds = ConsumerOptions.Holding(most: VoteEntry.mostOfAnEntry) { VoteEntry.count(in: $0) }
        options.streamsAtOnce = PersistVotes.transactionsAtOnce
        let consumer = StreamConsumer(group: PersistVotes.group, topics: [.votes], redis: redis, options: options) {
            await persist($0)
        }
        return SideBySide([keeper, consumer])
    }

    var projecting: any Service {
        VotingProjections(
            posts: posts, judge: judge, relations: RelationLookup(in: mongo.database), ballots: ballots, redis: redis
        ).consumer
    }

    var relaying: any Service {
        SideBySide([votes.authorTotals.relay, votes.postTotals.relay, votes.voters.relay])
    }
}

/// Services that make up one worker: all end when one of them throws.
struct SideBySide: Service {
    private let services: [any Service]

    init(_ services: [any Service]) { self.services = services }

    func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            for service in services { tasks.addTask { try await service.run() } }
            try await tasks.waitForAll()
        }
    }
}
