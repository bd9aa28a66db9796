import BSON
import Domain
import Events
import Ledger
import Records
import Testing

@testable import GemsService

struct TrendingTests {
    private func post(by author: UserID, in gems: GemsFixture, isPublic: Bool = true) async throws -> PostID {
        var record = PostRecord(
            id: .new(), userID: author,
            author: AuthorSnapshot(username: "ann", displayName: "Ann", avatarUrl: nil, tier: .free),
            generationID: .new(), requestKey: "k", prompt: "p", refinedPrompt: nil, caption: nil, imageUrl: "i",
            thumbnailUrl: "t", imageWidth: 1, imageHeight: 1, blurhash: "b", model: "sketch", seed: 1,
            parameters: GenerationParameters(), generationTimeMs: 1, hasWatermark: false, tags: [], category: .other,
            visibility: .public, createdAt: gems.now)
        record.moderationStatus = isPublic ? .approved : .pending
        try await gems.client.collection(PostRecord.collection.name).insert(record.document)
        return record.id
    }

    private func vote(_ votes: Int64, for post: PostID, of author: UserID, in gems: GemsFixture) async throws {
        try await gems.client.collection(VoteCollections.postTotals.name).update(
            ["_id": ["post": .id(post), "partition": 1]],
            [
                "$set": [
                    "authorId": .id(author), "partition": 1, "accepted": .int64(votes), "displayed": .int64(votes),
                    "version": .int64(votes), "position": "0-1", "updatedAt": .instant(gems.now),
                ]
            ], upsert: true)
        try await gems.trending(
            VoteTotalsChanged(
                postID: post, authorID: author, partition: 1, displayed: votes, accepted: votes, version: votes,
                at: gems.now))
    }

    @Test func `a post's first entry into the day's top is awarded once, from twenty votes on`() async throws {
        try await GemsFixture.run { (gems: GemsFixture) async throws in
            let author = UserID.new()
            let post = try await post(by: author, in: gems)
            try await vote(19, for: post, of: author, in: gems)
            #expect(try await gems.ledger.head(of: author).balance == 0)
            for votes in [20, 25, 24, 30] as [Int64] { try await vote(votes, for: post, of: author, in: gems) }
            try await gems.trending.pass()
            #expect(try await gems.ledger.head(of: author).balance == 5)
            #expect(try await gems.ledger.entries(of: author, limit: 9).map(\.key) == ["trending:\(post.hex)"])
        }
    }

    @Test func `only the top counts, and a place that becomes free is found`() async throws {
        var economy = EconomyConfiguration.standard
        economy.trendingRank = 2
        try await GemsFixture.run(economy: economy) { (gems: GemsFixture) async throws in
            let authors = (0..<3).map { _ in UserID.new() }
            var posts: [PostID] = []
            for author in authors { posts.append(try await post(by: author, in: gems)) }
            try await vote(50, for: posts[0], of: authors[0], in: gems)
            try await vote(40, for: posts[1], of: authors[1], in: gems)
            try await vote(30, for: posts[2], of: authors[2], in: gems)
            try await gems.trending.pass()
            #expect(try await gems.ledger.head(of: authors[1]).balance == 5)
            #expect(try await gems.ledger.head(of: authors[2]).balance == 0)
            try await gems.trending.remove(posts[0])
            try await gems.bonusSweep.pass()
            #expect(try await gems.ledger.head(of: authors[2]).balance == 5)
        }
    }

    @Test func `votes that were reversed since, and the top of yesterday, are in nobody's way`() async throws {
        var economy = EconomyConfiguration.standard
        economy.trendingRank = 1
        try await GemsFixture.run(economy: economy) { (gems: GemsFixture) async throws in
            let (author, other) = (UserID.new(), UserID.new())
            let best = try await post(by: author, in: gems)
            try await vote(60, for: best, of: author, in: gems)
            let second = try await post(by: other, in: gems)
            try await vote(50, for: second, of: other, in: gems)
            // The first post goes, and so do the votes of the second: its row has not heard of it.
            try await gems.trending.remove(best)
            try await gems.client.collection(VoteCollections.postTotals.name).update(
                ["_id.post": .id(second)], ["$set": ["accepted": .int64(19)]])
            try await gems.trending.pass()
            #expect(try await gems.ledger.head(of: other).balance == 0)
            gems.advance(.hours(25))
            let today = try await post(by: other, in: gems)
            try await vote(30, for: today, of: other, in: gems)
            #expect(try await gems.ledger.entries(of: other, limit: 9).map(\.key) == ["trending:\(today.hex)"])
        }
    }

    @Test func `posts that nobody sees, and those of yesterday, do not trend`() async throws {
        try await GemsFixture.run { (gems: GemsFixture) async throws in
            let author = UserID.new()
            let hidden = try await post(by: author, in: gems, isPublic: false)
            try await vote(40, for: hidden, of: author, in: gems)
            let old = try await post(by: author, in: gems)
            gems.advance(.hours(25))
            try await vote(40, for: old, of: author, in: gems)
            try await gems.trending.pass()
            #expect(try await gems.ledger.head(of: author).balance == 0)
        }
    }
}
