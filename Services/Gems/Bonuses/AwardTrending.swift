import BSON
import Domain
import Events
import Ledger
import MongoClient
import Records
import Runtime

/// Awards authors whose posts enter the top of the day: posts of the last 24 hours by votes that count.
///
/// Posts with votes enough are kept in `trending_posts`, each with its persisted total, never with a sum of its own. A
/// post's own change is looked at when it comes, and the top as a whole every half minute, because a post also enters it
/// when another leaves.
struct AwardTrending: Sendable {
    let pay: PayBonus
    private let database: MongoDatabase
    private let rows: MongoCollection
    private let posts: PostLookup
    /// Posts that were too old: votes for them need no look.
    private let past = Locked<Set<PostID>>([])

    init(pay: PayBonus, database: MongoDatabase) {
        self.pay = pay
        self.database = database
        rows = database.collection(GemCollections.trendingPosts.name)
        posts = PostLookup(in: database)
    }

    private var economy: EconomyConfiguration { pay.economy }
    private var now: Instant { pay.ledger.currentTime }
    private var window: Duration { .hours(economy.trendingHours) }

    /// Takes one change of a post's totals into account.
    func callAsFunction(_ event: VoteTotalsChanged) async throws {
        let post = event.postID
        guard !past.withLock({ $0.contains(post) }) else { return }
        let votes = try await PostVoteTotals.of(post, in: database).accepted
        guard votes >= Int64(economy.trendingMinimumVotes) else { return }
        if try await rows.update(["_id": .id(post)], ["$set": ["votes": .int64(votes), "updatedAt": .instant(now)]])
            .matched == 0
        {
            guard try await enter(post, votes) else { return }
        }
        if try await rank(votes) < economy.trendingRank { try await award(post) }
    }

    /// Begins to keep a post.
    ///
    /// - Returns: false when it is too old, or nobody's.
    private func enter(_ post: PostID, _ votes: Int64) async throws -> Bool {
        guard let record = try await posts.byID(post) else { return false }
        guard now - record.createdAt < window else {
            past.withLock { past in
                if past.count >= 100_000 { past.removeAll() }
                past.insert(post)
            }
            return false
        }
        _ = try await rows.update(
            ["_id": .id(post)],
            [
                "$set": ["votes": .int64(votes), "updatedAt": .instant(now)],
                "$setOnInsert": [
                    "authorId": .id(record.userID), "postedAt": .instant(record.createdAt),
                    "expiresAt": .instant(record.createdAt + window + .days(1)),
                ],
            ], upsert: true)
        return true
    }

    /// A post that is gone is in nobody's way.
    func remove(_ post: PostID) async throws { _ = try await rows.delete(["_id": .id(post)]) }

    /// Looks at the top as it is now.
    func pass() async throws {
        let top = try await rows.find(
            recent, sort: ["votes": -1, "postedAt": 1], limit: economy.trendingRank)
        for row in top where row.instant("awardedAt") == nil {
            if let post = row.id("_id", as: PostID.self) { try await award(post) }
        }
    }

    private var recent: BSONDocument { ["postedAt": ["$gt": .instant(now - window)]] }

    /// How many posts of the day have more votes.
    private func rank(_ votes: Int64) async throws -> Int {
        var ahead = recent
        ahead.append("votes", ["$gt": .int64(votes)])
        return try await rows.count(ahead, limit: economy.trendingRank)
    }

    private func award(_ post: PostID) async throws {
        guard let row = try await rows.findByID(.id(post)), row.instant("awardedAt") == nil else { return }
        // Only what everybody can see trends, and a row may be older than a reversal of its votes.
        guard let record = try await posts.byID(post), record.isPublic,
            try await PostVoteTotals.of(post, in: database).accepted >= Int64(economy.trendingMinimumVotes)
        else { return }
        try await pay(
            Bonus(
                user: record.userID, key: "trending:\(post.hex)", gems: Gems(economy.trendingGems),
                source: .trendingBonus, reference: ("post", post.hex),
                description: "Among the top \(economy.trendingRank) of the day"))
        _ = try await rows.update(["_id": .id(post)], ["$set": ["awardedAt": .instant(now)]])
    }
}
