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
        return try RedisBallots.casts(reply, ballots.count)
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
        #expect(entries.map(\.id) == [casts[0].mark?.id] && casts[2].mark == casts[0].mark)
        let read = VoteEntry.read(StreamDelivery(stream: stream, entry: entries[0]))
        #expect(read.entries.map(\.pace) == [1, 2, 1] && read.entries.map(\.postID) == [post, other, post])
        #expect(read.entries.map(\.voterID) == [voters[0], voters[0], voters[3]] && read.rejection == nil)

        // Nothing is taken: nothing is in the stream.
        #expect(
            try await cast([ballots[0], ballots[3], ballots[4]], redis).map(\.outcome) == [.repeat, .cap, .blocked])
        #expect(try await redis.xlen(stream) == 1)
        await redis.close()
    }

    @Test func `sixteen votes are one entry, and who votes again after a withdrawal is told apart in it`() async throws
    {
        let redis = try await TestRedis.start().client()
        let voters = voters(15)
        let (post, other) = (PostID.new(), PostID.new())
        let stream = Topic.votes.stream(Partition(of: voters[0]))
        try await redis.set(.voteEpoch(Partition(of: voters[0])), 1)
        let first = try await cast([ballot(post, voters[0])], redis)
        let withdrawal = VoteWithdrawn(postID: post, voterID: voters[0], authorID: author, category: .art)
        let withdrawn = try await RedisBallots(redis: redis).withdraw(withdrawal, stored: nil, at: .now())
        let ballots = voters.map { ballot(post, $0) } + [ballot(other, voters[0])]
        // In one call also the vote again twice: the second is a repeat of the first.
        let casts = try await cast(Array(ballots.dropLast()) + [ballots[0]], redis)
        #expect(casts.map(\.outcome) == [.again] + Array(repeating: .new, count: 14) + [.repeat])
        #expect(casts[0].mark?.earlier == [withdrawn?.id, first[0].mark?.id].compactMap { $0 })
        #expect(casts[15].mark == casts[0].mark && casts[15].usedToday == 1)
        #expect(try await cast([ballots[15]], redis)[0].usedToday == 2)
        let entries = try await redis.xrange(stream, count: 10)
        let read = entries.map { VoteEntry.read(StreamDelivery(stream: stream, entry: $0)).entries }
        #expect(read.map(\.count) == [1, 1, 15, 1] && read[2].map(\.voterID) == voters)
        let repeats = read[2].map { if case .cast(let vote) = $0.content { vote.isRepeat } else { false } }
        #expect(repeats == [true] + Array(repeating: false, count: 14))
        let used = try await redis.send(["HGET", .key(.votePairs(voters[3], at: .now())), .text(post.hex)])
        #expect(used.text == casts[3].mark?.text)
        await redis.close()
    }

    @Test func `somebody who votes first and is blocked after may not vote, that day and those beside it`() async throws
    {
        let redis = try await TestRedis.start().client()
        let voter = UserID.new()
        try await redis.set(.voteEpoch(Partition(of: voter)), 1)
        let now = Instant.now()
        for day in [-1, 0, 1] {
            #expect(try await cast([ballot(.new(), voter, at: now + .days(day))], redis)[0].outcome == .new)
        }
        try await RedisBallots(redis: redis).block([(voter, author)], at: now)
        // Clocks differ: the day before counts too.
        for later in [Duration.days(-1), .zero, .days(1), .days(12)] {
            #expect(try await cast([ballot(.new(), voter, at: now + later)], redis)[0].outcome == .blocked)
        }
        try await RedisBallots(redis: redis).unblock(author, voter)
        #expect(try await cast([ballot(.new(), voter, at: now)], redis)[0].outcome == .new)
        await redis.close()
    }

    @Test func `a block holds for one author, in the same call and after it, also when it is noted twice`() async throws
    {
        let redis = try await TestRedis.start().client()
        let (voter, now) = (UserID.new(), Instant.now())
        try await redis.set(.voteEpoch(Partition(of: voter)), 1)
        for _ in 0..<3 {
            try await RedisBallots(redis: redis).block([(voter, author)], at: now)
            let vote = VoteCast(
                postID: .new(), voterID: voter, authorID: .new(), category: .art, accountCreatedAt: now - .days(9))
            let casts = try await cast([Ballot(vote, cap: 50, at: now), ballot(.new(), voter, at: now)], redis)
            #expect(casts.map(\.outcome) == [.new, .blocked])
        }
        await redis.close()
    }

    @Test func `what is used is carried from digit to digit, up to the cap`() async throws {
        let redis = try await TestRedis.start().client()
        let voter = UserID.new()
        try await redis.set(.voteEpoch(Partition(of: voter)), 1)
        let noon = Instant(milliseconds: VoteTally.day(of: .now()) * 86_400_000 + 43_200_000)
        let (key, day) = (RedisKey.votePairs(voter, at: noon), VoteTally.day(of: noon))
        for used in [63, 4095] {
            let before = VoteTally(used: used, pace: 63, start: 43_200)
            try await redis.send(["HSET", .key(key), .integer(day), .text(before.text)])
            let ballots = (0..<2).map { _ in ballot(.new(), voter, cap: used + 1, at: noon) }
            let casts = try await cast(ballots, redis)
            #expect(casts.map(\.outcome) == [.new, .cap] && casts.map(\.usedToday) == [used + 1, used + 1])
            let after = try await redis.send(["HGET", .key(key), .integer(day)]).bytes.flatMap { VoteTally($0[...]) }
            #expect(after == VoteTally(used: used + 1, pace: 64, start: 43_200))
        }
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
