import BSON
import Domain
import Events
import Records
import RedisClient
import Testing
import TestSupport

@testable import VotingService

/// The vote's script itself, on a real server.
@Suite(.serialized) struct CastScriptTests {
    private let author = UserID.new()

    private func ballot(_ post: PostID, _ voter: UserID, cap: Int = 50, at now: Instant = .now()) -> Ballot {
        Ballot(
            VoteCast(postID: post, voterID: voter, authorID: author, category: .art, accountCreatedAt: now - .days(9)),
            cap: cap, at: now)
    }

    private func cast(_ ballots: [Ballot], _ redis: RedisClient) async throws -> [RedisBallots.Cast] {
        let reply = try await redis.run(RedisBallots.castScript, RedisBallots.castCall(ballots))
        return try reply.requireArray().map { try RedisBallots.Cast($0) }
    }

    /// Voters of one partition.
    private func voters(_ count: Int) -> [UserID] {
        var voters: [UserID] = []
        while voters.count < count {
            let voter = UserID.new()
            if voters.isEmpty || Partition(of: voter) == Partition(of: voters[0]) { voters.append(voter) }
        }
        return voters
    }

    @Test func `votes in one call are told apart, each with its own outcome`() async throws {
        let redis = try await TestRedis.start().client()
        let voters = voters(4)
        let (post, other) = (PostID.new(), PostID.new())
        let stream = Topic.votes.stream(Partition(of: voters[0]))
        let ballots = [
            ballot(post, voters[0]), ballot(post, voters[0]), ballot(other, voters[0]), ballot(post, voters[1], cap: 0),
            ballot(post, voters[2]), ballot(post, voters[3]),
        ]
        #expect(try await cast(ballots, redis).map(\.outcome) == Array(repeating: .rebuilding, count: 6))
        #expect(try await redis.xlen(stream) == 0)

        try await redis.set(.voteEpoch(Partition(of: voters[0])), 1)
        try await RedisBallots(redis: redis).block([(voters[2], author), (voters[3], .new())], at: .now())
        let casts = try await cast(ballots, redis)
        #expect(casts.map(\.outcome) == [.new, .repeat, .new, .cap, .blocked, .new])
        #expect(casts.map(\.usedToday) == [1, 1, 2, 0, 0, 1] && casts[1].mark == casts[0].mark)
        let entries = try await redis.xrange(stream, count: 10)
        #expect(entries.map(\.id) == [casts[0], casts[2], casts[5]].compactMap(\.mark?.id))
        let read = try entries.map { try VoteEntry(StreamDelivery(stream: stream, entry: $0)) }
        #expect(read.map { $0?.pace } == [1, 2, 1] && read.map { $0?.postID } == [post, other, post])
        await redis.close()
    }

    @Test func `somebody who votes first and is blocked after may not vote, that day and the next`() async throws {
        let redis = try await TestRedis.start().client()
        let voter = UserID.new()
        try await redis.set(.voteEpoch(Partition(of: voter)), 1)
        let now = Instant.now()
        #expect(try await cast([ballot(.new(), voter, at: now)], redis)[0].outcome == .new)
        try await RedisBallots(redis: redis).block([(voter, author)], at: now)
        for later in [Duration.zero, .days(1), .days(12)] {
            #expect(try await cast([ballot(.new(), voter, at: now + later)], redis)[0].outcome == .blocked)
        }
        try await redis.srem(.voteBlocks(voter), [.text(author.hex)])
        #expect(try await cast([ballot(.new(), voter, at: now)], redis)[0].outcome == .new)
        await redis.close()
    }

    @Test func `what is used is counted by day and the pace by minute, whichever posts are voted for`() async throws {
        let redis = try await TestRedis.start().client()
        let voter = UserID.new()
        try await redis.set(.voteEpoch(Partition(of: voter)), 1)
        let noon = Instant(milliseconds: VoteTally.day(of: .now()) * 86_400_000 + 43_200_000)
        let old = PostID(try #require(ObjectID(bytes: [0x6A] + [UInt8](repeating: 7, count: 11))))
        let lookup = RedisKey.votePairs(voter, at: noon)
        for (post, after, used, pace) in [
            (PostID.new(), Duration.zero, 1, 1), (.new(), .seconds(59), 2, 2), (old, .seconds(59), 3, 3),
            (PostID.new(), .seconds(60), 4, 1), (.new(), .seconds(30), 5, 2), (.new(), .days(1), 1, 1),
            (.new(), .zero, 6, 1),
        ] {
            let now = noon + after
            let cast = try await cast([ballot(post, voter, at: now)], redis)[0]
            #expect(cast.outcome == .new && cast.usedToday == used)
            let reply = try await redis.send([
                "HGET", .key(.votePairs(voter, at: now)), .integer(VoteTally.day(of: now)),
            ])
            #expect(reply.bytes.flatMap { VoteTally($0[...]) }?.pace == pace)
        }
        let stays = try await redis.send(["TTL", .key(lookup)]).requireInteger()
        #expect(stays > 39 * 86_400 && stays <= 40 * 86_400)
        #expect(try await redis.send(["TTL", .key(.votePairs(voter, of: old))]).requireInteger() > 86_400)
        await redis.close()
    }
}
