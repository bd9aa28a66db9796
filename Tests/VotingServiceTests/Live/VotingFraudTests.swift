import BSON
import Domain
import Events
import HTTPServer
import Records
import RedisClient
import Testing
import TestSupport

@testable import VotingService

@Suite(.serialized) struct VotingFraudTests {
    @Test func `votes from one device and one address wait for review, and count once they are cleared`() async throws {
        try await VotingWorld.run { world in
            try await world.ready()
            let author = try await world.person("author")
            let post = try await world.post(by: author)
            var voters: [Caller] = []
            for _ in 0..<6 {
                let voter = world.caller(device: "one phone", age: .hours(1))
                voters.append(voter)
                try await world.vote(post, voter, address: world.address(1))
                try await world.persisted()
            }
            let flagged = try await world.mongo.collection("votes").find(["state": "flagged"])
            #expect(!flagged.isEmpty && flagged.count < 6)
            let counting = Int64(6 - flagged.count)
            #expect(try await world.accepted(of: author) == counting)
            #expect(try await world.totals(of: post) == (counting, counting))

            let suspect = try #require(voters.last)
            #expect(try await world.vote(post, suspect).count == counting + 1)  // they see their own
            #expect(try await world.vote(post, voters[0]).count == counting)
            let evidence = try #require(
                try await world.mongo.collection("vote_evidence").findOne(["voterId": .id(suspect.userID)]))
            #expect(evidence.bool("flagged") == true && evidence.string("ipHash")?.contains("198.51.100.1") == false)
            #expect(evidence.array("reasons")?.isEmpty == false)

            try await EventBus(redis: world.redis).publish(
                VoteReviewed(
                    postID: post, voterID: suspect.userID, isCleared: true, reviewedBy: "moderator", reviewedAt: .now()),
                at: .now())
            try await eventually("the cleared vote") { try await world.accepted(of: author) == counting + 1 }
            try await eventually("the display") { try await world.vote(post, voters[0]).count == counting + 1 }
            #expect(try await world.vote(post, suspect).count == counting + 1)
        }
    }

    @Test func `a dead letter replayed after the withdrawal of its vote counts, and is not shown again`() async throws {
        try await VotingWorld.run(workers: false) { world in
            let author = try await world.person("author")
            let post = try await world.post(by: author)
            let voter = world.caller()
            try await world.parts.rebuild(Partition(of: voter.userID))
            #expect(try await world.vote(post, voter).counted)
            let stream = Topic.votes.stream(Partition(of: voter.userID))
            let entry = try #require(try await world.redis.xrange(stream, count: 10).first)
            // The worker gave the vote up, and only the withdrawal comes through.
            let letters = RedisKey(stream.text.prefix { $0 != ":" } + "", "dead", PersistVotes.group)
            let head: [RedisArgument] = [
                "XADD", .key(letters), "*", "reason", "MongoDB said no", "attempts", "5", "source", .key(stream),
                "source-id", .text("\(entry.id)"),
            ]
            try await world.redis.send(head + entry.fields.flatMap { [.text($0.name), .bytes($0.value)] })
            try await world.redis.send(["XDEL", .key(stream), .text("\(entry.id)")])
            #expect(try await world.parts.withdraw(post, by: voter.userID, at: .now()) == 0)
            world.startWorkers()
            try await eventually("the withdrawal") { try await world.pairs() == 1 }
            #expect(try await world.totals(of: post) == (0, 0))

            let dead = DeadLetters(group: PersistVotes.group, redis: world.redis)
            #expect(try await dead.replay(try await dead.list()) == 1)
            try await eventually("the vote") { try await world.accepted(of: author) == 1 }
            #expect(try await world.totals(of: post) == (0, 1))
            let pair = try #require(try await world.mongo.collection("votes").findOne([:]))
            #expect(pair.bool("withdrawn") == true && pair.string("state") == "counted")
            try await world.ready()  // the last voter is of some other partition
            #expect(try await world.vote(post, world.caller(), address: world.address(3)).count == 1)
        }
    }

    @Test func `a ban takes votes back, ranks too, and its lifting restores them`() async throws {
        try await VotingWorld.run { world in
            try await world.ready()
            let author = try await world.person("author")
            var posts: [PostID] = []
            for _ in 0..<5 { posts.append(try await world.post(by: author)) }
            let (honest, banned) = (world.caller(), world.caller())
            for post in posts {
                try await world.vote(post, honest, address: world.address(1))
                try await world.vote(post, banned, address: world.address(2))
            }
            try await world.persisted()
            #expect(try await world.accepted(of: author) == 10)
            let bus = EventBus(redis: world.redis)
            try await bus.publish(
                UserBanned(userID: banned.userID, reason: "bots", actor: "circlectl", version: 1, at: .now()),
                at: .now())
            try await eventually("the reversal") { try await world.accepted(of: author) == 5 }
            try await eventually("the ranks") { try await world.score(of: author, .weekly, .art) == 5 }
            #expect(try await world.totals(of: posts[0]) == (1, 1))

            let late = try await world.post(by: author)
            try await world.vote(late, banned)  // a vote that was under way
            try await world.persisted()
            #expect(try await world.totals(of: late) == (0, 0))

            try await bus.publish(
                UserUnbanned(userID: banned.userID, reason: "appeal", actor: "circlectl", version: 2, at: .now()),
                at: .now())
            try await eventually("the restoration") { try await world.accepted(of: author) == 11 }
            try await bus.publish(  // an old decision that comes late
                UserShadowBanned(userID: banned.userID, reason: "bots", actor: "circlectl", version: 1, at: .now()),
                at: .now())
            try await eventually("the ranks") { try await world.score(of: author) == 11 }
            try await eventually("both to be told") {
                let entries = try await world.redis.xrange(Topic.voteResults.stream(of: banned.userID), count: 1000)
                return entries.count { $0.text("type") == "VotesReversed" } == 2
            }
            #expect(try await world.accepted(of: author) == 11)
        }
    }
}
