import BSON
import Domain
import MongoClient
import Records

/// Computes posts' scores from their counters. Trending decays with time, so that recent posts are ranked anew regularly.
struct RankPosts: Sendable {
    /// Older posts keep the score they had: far down, and moving no more.
    private static let horizon = Duration.days(7)

    let posts: MongoCollection
    let now: @Sendable () -> Instant

    func rank(_ records: [PostRecord]) async throws {
        let now = now()
        let operations = records.map { post in
            WriteOperation.updateOne(
                filter: ["_id": .id(post.id)], update: ["$set": .document(Self.scores(of: post, now: now))])
        }
        _ = try await posts.bulk(operations, ordered: false)
    }

    /// Ranks everything recent; once a minute is enough for feeds that people look at.
    func rankRecent() async throws {
        let filter: BSONDocument = [
            "createdAt": ["$gte": .instant(now() - Self.horizon)], "moderationStatus": "approved",
            "deletedAt": ["$exists": false],
        ]
        try await posts.forEachBatch(filter, sort: ["createdAt": -1]) { documents in
            try await rank(try documents.map { document in try PostRecord(document) })
        }
    }

    private static func scores(of post: PostRecord, now: Instant) -> BSONDocument {
        let counters = post.counters
        let engagement = Engagement(
            votes: Int(counters.votes), comments: Int(counters.comments), shares: Int(counters.shares),
            views: Int(counters.views))
        return [
            "engagementScore": .double(RankingRules.engagement(engagement)),
            "trendingScore": .double(RankingRules.trending(engagement, age: now - post.createdAt)),
            "hotScore": .double(
                RankingRules.hot(votes: engagement.votes, uniqueViewers: Int(counters.uniqueViewers))),
        ]
    }
}
