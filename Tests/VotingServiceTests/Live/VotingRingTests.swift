import BSON
import Domain
import Events
import HTTPServer
import MongoClient
import Records
import ServiceKit
import TestSupport
import Testing

@testable import VotingService

@Suite(.serialized, .timeLimit(.minutes(5))) struct VotingRingLiveTests {
    /// People who post and vote for each other on six posts each.
    private struct Group {
        var callers: [Caller]
        var posts: [[PostID]]
    }

    private func group(_ world: VotingWorld, _ size: Int, device: String?) async throws -> Group {
        var group = Group(callers: [], posts: [])
        for _ in 0..<size {
            let id = try await world.person("m\(UserID.new().hex.suffix(8))")
            group.callers.append(world.caller(id, device: device))
            var posts: [PostID] = []
            for _ in 0..<6 { posts.append(try await world.post(by: id)) }
            group.posts.append(posts)
        }
        return group
    }

    private func voteInside(_ world: VotingWorld, _ group: Group, address: Int) async throws {
        for (number, voter) in group.callers.enumerated() {
            for (author, posts) in group.posts.enumerated() where author != number {
                for post in posts { try await world.vote(post, voter, address: world.address(address + number)) }
            }
        }
    }

    /// Others, so that a group is not everybody.
    private func voteOutside(_ world: VotingWorld) async throws {
        let author = try await world.person("popular")
        var posts: [PostID] = []
        for _ in 0..<10 { posts.append(try await world.post(by: author)) }
        for number in 0..<25 {
            let voter = world.caller()
            for post in posts { try await world.vote(post, voter, address: world.address(100 + number)) }
        }
    }

    @Test func `a ring on one device is found, its votes wait for review, and friends without one are only told of`()
        async throws
    {
        // The first votes of a cluster are scored while it is small; only looking back shows what it is.
        var economy = EconomyConfiguration()
        economy.fraud.deviceWeight = 0.45
        try await VotingWorld.run(economy: economy) { world in
            try await world.ready()
            let ring = try await group(world, 4, device: "one phone")
            let friends = try await group(world, 4, device: nil)
            try await voteInside(world, ring, address: 0)
            try await voteInside(world, friends, address: 10)
            try await voteOutside(world)
            try await world.persisted()
            let before = try await world.mongo.collection("votes").count(["state": "flagged"])
            #expect(before < 72)

            let schedule = world.parts.ringSchedule(everyMinutes: 60)
            let figures = try #require(try await schedule.runDue())
            #expect(figures.votes == 72 + 72 + 250 && figures.leftOut == 0)
            #expect(try await schedule.runDue() == nil, "one firing is run once")

            let rings = try await VoteReviewLookup(in: world.mongo.database).rings(after: nil, limit: 10)
                .filter { $0.kind == .ring }
            #expect(rings.count == 2)
            let found = try #require(rings.first { $0.members == ring.callers.map(\.userID).sorted() })
            #expect(
                found.insideVotes == 72 && found.edgesInAll == 12
                    && found.explanation.contains("4 of them use one device"))
            let told = try #require(rings.first { $0.members == friends.callers.map(\.userID).sorted() })
            #expect(told.shared.isEmpty && told.flaggedVotes == 0)

            #expect(try await world.mongo.collection("votes").count(["state": "flagged"]) == 72)
            for member in ring.callers { #expect(try await world.accepted(of: member.userID) == 0) }
            for friend in friends.callers { #expect(try await world.accepted(of: friend.userID) == 18) }
            #expect(try await world.score(of: ring.callers[0].userID) == 0)
            let waiting = try await VoteReviewLookup(in: world.mongo.database).waiting(after: nil, limit: 100)
            #expect(waiting.count == 72)
            #expect(waiting.contains { $0.evidence?.reasons.map(\.signal).contains("collusion") == true })

            // A moderator clears one: it counts, and nothing between the two is flagged again.
            let cleared = try #require(waiting.first { $0.evidence?.ring == found.id }).vote
            try await EventBus(redis: world.redis).publish(
                VoteReviewed(
                    postID: cleared.postID, voterID: cleared.voterID, isCleared: true, reviewedBy: "mod",
                    reviewedAt: .now()), at: .now())
            try await eventually("the cleared vote") { try await world.accepted(of: cleared.authorID) == 1 }
            _ = try await world.parts.findRings(at: .now()) {}
            #expect(try await world.accepted(of: cleared.authorID) == 1)
            #expect(try await world.mongo.collection("vote_rings").count(["kind": "ring"]) == 2)
        }
    }

    @Test func `a firing is run by one worker, and by another when the first ends in the middle`() async throws {
        try await withDatabase { mongo in
            _ = try await Migrator(mongo.database).migrate([VoteCollections.firings])
            let firings = Firings(
                name: "rings", every: .seconds(3600), collection: mongo.collection(VoteCollections.firings.name))
            let now = try #require(Instant(iso8601: "2026-11-21T12:34:56Z"))
            let claims = try await withThrowingTaskGroup(of: Firings.Firing?.self) { tasks in
                for _ in 0..<16 { tasks.addTask { try await firings.claim(at: now) } }
                return try await tasks.reduce(into: [Firings.Firing]()) { if let claim = $1 { $0.append(claim) } }
            }
            #expect(claims.map(\.at) == [try #require(Instant(iso8601: "2026-11-21T12:00:00Z"))])
            #expect(try await firings.claim(at: now + .seconds(59)) == nil)
            let second = try #require(try await firings.claim(at: now + .seconds(61)))
            #expect(second.attempt == 2 && second.at == claims[0].at)
            await #expect(throws: LeaseLost()) { try await firings.extend(claims[0], at: now) }
            await #expect(throws: LeaseLost()) { try await firings.finish(claims[0], [:], at: now) }
            try await firings.finish(second, ["found": 1], at: now + .seconds(62))
            #expect(try await firings.claim(at: now + .hours(0) + .seconds(600)) == nil)
            // After an outage of a day only the newest instant is run.
            let late = try #require(try await firings.claim(at: now + .days(1)))
            #expect(late.at.iso8601.hasPrefix("2026-11-22T12:00:00"))
            #expect(try await mongo.collection(VoteCollections.firings.name).count() == 2)
        }
    }
}
