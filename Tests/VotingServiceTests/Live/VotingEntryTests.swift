import Domain
import Events
import Records
import RedisClient
import Testing
import TestSupport

@testable import VotingService

/// Entries of the stream that hold several votes, from the script to the permanent record.
@Suite(.serialized) struct VotingEntryTests {
    /// Votes of one partition for a post, and the entry that they make.
    private func entry(
        for post: PostID, by author: UserID, _ count: Int, _ world: VotingWorld
    ) async throws -> (stream: RedisKey, entry: RedisStreamEntry) {
        var voters: [UserID] = []
        while voters.count < count {
            let voter = UserID.new()
            if voters.isEmpty || Partition(of: voter) == Partition(of: voters[0]) { voters.append(voter) }
        }
        try await world.parts.rebuild(Partition(of: voters[0]))
        let now = Instant.now()
        let ballots = voters.map { voter in
            let vote = VoteCast(
                postID: post, voterID: voter, authorID: author, category: .art, accountCreatedAt: now - .days(9))
            return Ballot(vote, cap: 50, at: now)
        }
        let reply = try await world.redis.run(RedisBallots.castScript, RedisBallots.castCall(ballots))
        #expect(try RedisBallots.casts(reply, count).allSatisfy { $0.outcome == .new })
        let stream = Topic.votes.stream(Partition(of: voters[0]))
        return (stream, try #require(try await world.redis.xrange(stream, count: 2).first))
    }

    @Test func `an entry of sixteen votes is sixteen rows, also when it is handed out again`() async throws {
        try await VotingWorld.run(workers: false) { world in
            let author = try await world.person("author")
            let post = try await world.post(by: author)
            let (stream, entry) = try await entry(for: post, by: author, 16, world)
            let delivery = StreamDelivery(stream: stream, entry: entry)
            for _ in 0..<2 { #expect(await world.parts.persist([delivery]) == [.done]) }
            #expect(try await world.pairs() == 16)
            #expect(try await world.totals(of: post) == (16, 16))
            #expect(try await world.accepted(of: author) == 16)
        }
    }

    @Test func `one vote that cannot be read is a dead letter, and the others of its entry count once`() async throws {
        try await VotingWorld.run(workers: false) { world in
            let author = try await world.person("author")
            let post = try await world.post(by: author)
            let (stream, entry) = try await entry(for: post, by: author, 4, world)
            // The third of them.
            var votes = try #require(entry["votes"])
            votes[votes.count / 2] = UInt8(ascii: "x")
            try await world.redis.send(["XDEL", .key(stream), .text("\(entry.id)")])
            try await world.redis.xadd(
                stream, entry.fields.map { ($0.name, .bytes($0.name == "votes" ? votes : $0.value)) })
            world.startWorkers()
            try await eventually("the others") { try await world.pairs() == 3 }
            let dead = DeadLetters(group: PersistVotes.group, redis: world.redis)
            try await eventually("the letter") { try await dead.count() == 1 }
            let letters = try await dead.list()
            #expect(letters.map(\.reason) == ["vote 3 of 4 cannot be read"])

            // Mended and replayed, the one comes to the others.
            votes[votes.count / 2] = try #require(entry["votes"])[votes.count / 2]
            let letter = RedisKey(stream.text.prefix { $0 != ":" } + "", "dead", PersistVotes.group)
            try await world.redis.del(letter)
            let head: [RedisArgument] = [
                "XADD", .key(letter), "*", "reason", "x", "attempts", "1", "source", .key(stream), "source-id",
                .text(letters[0].sourceID),
            ]
            try await world.redis.send(
                head + entry.fields.flatMap { [.text($0.name), .bytes($0.name == "votes" ? votes : $0.value)] })
            #expect(try await dead.replay(try await dead.list()) == 1)
            try await eventually("all of them") { try await world.accepted(of: author) == 4 }
            #expect(try await world.totals(of: post) == (4, 4))
            #expect(try await dead.count() == 0)
        }
    }
}
