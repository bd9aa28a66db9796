import Domain
import Events
import Records
import RedisClient
import Testing
import TestSupport

@testable import VotingService

/// Entries of the stream that hold several votes, from the script to the permanent record.
@Suite(.serialized) struct VotingEntryTests {
    /// Voters of one partition, which is whole.
    private func voters(_ count: Int, _ world: VotingWorld) async throws -> [UserID] {
        var voters: [UserID] = []
        while voters.count < count {
            let voter = UserID.new()
            if voters.isEmpty || Partition(of: voter) == Partition(of: voters[0]) { voters.append(voter) }
        }
        try await world.parts.rebuild(Partition(of: voters[0]))
        return voters
    }

    /// Votes of one partition for a post, in one call, and the entry that they make.
    private func cast(
        _ post: PostID, by author: UserID, _ voters: ArraySlice<UserID>, _ world: VotingWorld
    ) async throws -> StreamDelivery {
        let now = Instant.now()
        let ballots = voters.map { voter in
            let vote = VoteCast(
                postID: post, voterID: voter, authorID: author, category: .art, accountCreatedAt: now - .days(9))
            return Ballot(vote, cap: 50, at: now)
        }
        let reply = try await world.redis.run(RedisBallots.castScript, RedisBallots.castCall(ballots))
        #expect(try RedisBallots.casts(reply, ballots.count).allSatisfy { $0.outcome == .new })
        let stream = Topic.votes.stream(Partition(of: try #require(voters.first)))
        return StreamDelivery(
            stream: stream, entry: try #require(try await world.redis.xrange(stream, count: 20).last))
    }

    /// Makes a pair's row one that cannot be read, so that its vote cannot be written.
    private func spoil(_ post: PostID, _ voter: UserID, by author: UserID, _ world: VotingWorld) async throws {
        var row = VoteRecord(
            id: VoteRecord.id(post, voter), postID: post, voterID: voter, authorID: author, category: .art,
            state: .counted, version: "1-0", createdAt: .now()
        ).document
        row["category"] = "nonsense"
        try await world.mongo.collection("votes").insert(row)
    }

    private func mend(_ post: PostID, _ voter: UserID, _ world: VotingWorld) async throws {
        try await world.mongo.collection("votes").delete(["_id": .objectID(VoteRecord.id(post, voter))])
    }

    @Test func `a batch that cannot be written is taken apart by entries, and those stay whole`() async throws {
        try await VotingWorld.run(workers: false) { world in
            let author = try await world.person("author")
            let (post, other) = (try await world.post(by: author), try await world.post(by: author))
            let voters = try await voters(6, world)
            let batch = [
                try await cast(post, by: author, voters[..<3], world),
                try await cast(other, by: author, voters[3..<5], world),
                try await cast(post, by: author, voters[5...], world),
            ]
            try await spoil(other, voters[3], by: author, world)
            let outcomes = await world.parts.persist(batch)
            #expect(outcomes[0] == .done && outcomes[2] == .done)
            if case .failed = outcomes[1] {} else { Issue.record("\(outcomes[1])") }
            #expect(try await world.totals(of: post) == (4, 4))
            #expect(try await world.totals(of: other) == (1, 1))
            // A transaction for each entry that could be written: none was split, so that a row never says that it knows
            // an entry of which a vote is missing.
            let row = try await world.parts.votes.totals(of: post)
            #expect(row.map(\.version) == [2] && row.map(\.position) == [batch[2].entry.id])

            try await mend(other, voters[3], world)
            #expect(await world.parts.persist([batch[1]]) == [.done])
            #expect(try await world.totals(of: other) == (2, 2))
            #expect(try await world.accepted(of: author) == 6)
        }
    }

    @Test func `an entry is in one transaction with all its votes, also where one is full`() async throws {
        try await VotingWorld.run(workers: false, votesPerTransaction: 3) { world in
            let author = try await world.person("author")
            let post = try await world.post(by: author)
            let voters = try await voters(6, world)
            var batch: [StreamDelivery] = []
            for first in [0, 2, 4] {
                batch.append(try await cast(post, by: author, voters[first..<(first + 2)], world))
            }
            #expect(await world.parts.persist(batch) == [.done, .done, .done])
            let row = try await world.parts.votes.totals(of: post)
            #expect(row.map(\.version) == [3] && row.map(\.accepted) == [6])
        }
    }

    @Test func `what a worker cannot finish before it ends is left for another`() async throws {
        try await VotingWorld.run(workers: false) { world in
            let author = try await world.person("author")
            let post = try await world.post(by: author)
            let delivery = try await cast(post, by: author, try await voters(2, world)[...], world)
            try await world.server.kill()
            let ending = Task { await world.parts.persist([delivery]) }
            ending.cancel()
            let outcome = await ending.value.first
            if case .postponed = outcome {} else { Issue.record("\(String(describing: outcome))") }
        }
    }

    /// The one case in which an entry is split. Who sits in the middle of it when the worker ends is shown their own vote
    /// one too few until the entry is handed out again; no total is wrong.
    @Test func `a worker killed between two votes of a call that is taken apart leaves no total wrong`()
        async throws
    {
        try await VotingWorld.run(workers: false) { world in
            let author = try await world.person("author")
            let post = try await world.post(by: author)
            let voters = try await voters(3, world)
            try await spoil(post, voters[2], by: author, world)
            let delivery = try await cast(post, by: author, voters[...], world)
            let worker = try await WorkerProcess(of: world, "worker:persist")
            defer { worker.end() }
            try await world.mongo.withTransaction { session in
                // As long as this is open, the second vote cannot be written: its voter's row is taken.
                try await world.mongo.collection("voters").update(
                    ["_id": .id(voters[1])], ["$set": ["updatedAt": .instant(.now())]], upsert: true, in: session)
                try worker.start()
                try await eventually("the first vote") { try await world.pairs() == 2 }
                worker.end()
            }
            let row = try #require(try await world.parts.votes.totals(of: post).first)
            #expect(row.displayed == 1 && row.accepted == 1 && row.position == delivery.entry.id)

            try await mend(post, voters[2], world)
            for _ in 0..<2 { #expect(await world.parts.persist([delivery]) == [.done]) }
            #expect(try await world.totals(of: post) == (3, 3))
            #expect(try await world.accepted(of: author) == 3)
            #expect(try await world.score(of: author) == 3)
            for voter in voters { #expect(try await world.vote(post, world.caller(voter)).count == 3) }
        }
    }

    @Test func `an entry of sixteen votes is sixteen rows, also when it is handed out again`() async throws {
        try await VotingWorld.run(workers: false) { world in
            let author = try await world.person("author")
            let post = try await world.post(by: author)
            let voters = try await voters(16, world)
            let delivery = try await cast(post, by: author, voters[...], world)
            for _ in 0..<2 { #expect(await world.parts.persist([delivery]) == [.done]) }
            #expect(try await world.pairs() == 16)
            #expect(try await world.parts.votes.position(of: Partition(of: voters[0])) == delivery.entry.id)
            #expect(try await world.totals(of: post) == (16, 16))
            #expect(try await world.accepted(of: author) == 16)
        }
    }

    @Test func `one vote that cannot be read is a dead letter, and the others of its entry count once`() async throws {
        try await VotingWorld.run(workers: false) { world in
            let author = try await world.person("author")
            let post = try await world.post(by: author)
            let delivery = try await cast(post, by: author, try await voters(4, world)[...], world)
            let (stream, entry) = (delivery.stream, delivery.entry)
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
