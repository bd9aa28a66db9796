import BSON
import Domain
import Events
import Records
import RedisClient
import Testing
import TestSupport

@testable import VotingService

/// The projections worker, a process of its own, killed while it takes a banned person's votes back or gives them back.
///
/// Redis refuses what comes after the place where it is to be cut, so that the kill hits that place however slow it is.
@Suite(.serialized) struct VotingReversalCrashTests {
    private static let posts = 250

    enum Cut: String, CaseIterable {
        /// Some of the votes have moved; Redis has not been told of any.
        case betweenTransactions = "hset"
        /// All is done and told, and the event is not acknowledged.
        case beforeAcknowledgement = "xack"
    }

    /// What was told of a voter; the same event may come twice, by its id.
    private func told(_ world: VotingWorld, of voter: UserID) async throws -> [VotesReversed] {
        var seen: Set<String> = []
        return try await world.redis.xrange(Topic.voteResults.stream(of: voter), count: 5_000)
            .filter { $0.text("type") == VotesReversed.type && seen.insert($0.text("id") ?? "").inserted }
            .map { try EventEnvelope<VotesReversed>(StreamDelivery(stream: RedisKey(""), entry: $0)).payload }
            .filter { $0.voterID == voter }
    }

    private func moved(_ world: VotingWorld, of voter: UserID, to state: VoteState) async throws -> Int {
        try await world.parts.votes.votes.count(["voterId": .id(voter), "state": .string(state.rawValue)])
    }

    /// Lets a worker begin on a decision, ends it at the cut, and lets another one end what it began.
    private func decide(
        _ event: some Event, of voter: UserID, _ state: VoteState, _ cut: Cut, in world: VotingWorld
    ) async throws {
        let before = try await told(world, of: voter).count
        try await world.redis.send(["ACL", "SETUSER", "default", .text("-" + cut.rawValue)])
        let first = try await WorkerProcess(of: world, "worker:projections")
        try first.start()
        defer { first.end() }
        try await EventBus(redis: world.redis).publish(event, at: .now())
        try await eventually("the cut") {
            switch cut {
            case .betweenTransactions: try await moved(world, of: voter, to: state) > 0
            case .beforeAcknowledgement: try await told(world, of: voter).count > before
            }
        }
        first.end()
        if cut == .betweenTransactions {
            #expect(try await moved(world, of: voter, to: state) < Self.posts)
            #expect(try await told(world, of: voter).count == before)
        }
        try await world.redis.send(["ACL", "SETUSER", "default", .text("+" + cut.rawValue)])
        let second = try await WorkerProcess(of: world, "worker:projections")
        try second.start()
        defer { second.end() }
        try await eventually("the acknowledgement") {
            let pending = try await world.redis.send([
                "XPENDING", .key(Topic.users.stream(of: voter)), .text(VotingProjections.group),
            ])
            return pending.array?.first?.integer == 0
        }
    }

    private func expect(_ votesEach: Int64, _ posts: [PostID], by author: UserID, in world: VotingWorld) async throws {
        #expect(try await world.accepted(of: author) == votesEach * Int64(posts.count))
        for period in LeaderboardPeriod.allCases {
            #expect(try await world.score(of: author, period) == votesEach * Int64(posts.count))
        }
        for post in posts {
            #expect(try await world.totals(of: post) == (votesEach, votesEach))
            let shown = try await world.parts.posts.find(post)?.rows.values.reduce(0) { $0 + $1.displayed }
            #expect(shown == votesEach)
        }
    }

    @Test(.timeLimit(.minutes(5)), arguments: Cut.allCases)
    func `a worker killed in the middle of a reversal or its lifting leaves nothing half done, and tells of it once`(
        cut: Cut
    ) async throws {
        var economy = EconomyConfiguration()
        economy.votesPerDay.free = Self.posts
        try await VotingWorld.run(workers: false, economy: economy) { world in
            for service in [world.parts.persisting, world.parts.relaying] { world.start(service) }
            try await world.ready()
            let author = try await world.person("author")
            var posts: [PostID] = []
            for _ in 0..<Self.posts { posts.append(try await world.post(by: author)) }
            let (honest, banned) = (world.caller(), world.caller())
            for post in posts {
                try await world.vote(post, honest, address: world.address(1))
                try await world.vote(post, banned, address: world.address(2))
            }
            try await world.persisted()
            try await expect(2, posts, by: author, in: world)

            let voter = banned.userID
            try await decide(
                UserBanned(userID: voter, reason: "bots", actor: "circlectl", version: 1, at: .now()), of: voter,
                .reversed, cut, in: world)
            try await expect(1, posts, by: author, in: world)
            try await decide(
                UserUnbanned(userID: voter, reason: "appeal", actor: "circlectl", version: 2, at: .now()), of: voter,
                .counted, cut, in: world)
            try await expect(2, posts, by: author, in: world)
            let told = try await told(world, of: voter)
            #expect(told.map(\.isRestored) == [false, true])
            #expect(told.map(\.votes) == [Int64(Self.posts), Int64(Self.posts)])
        }
    }
}
