import Domain
import Records

/// What a person likes, as their votes and follows tell.
struct Taste: Equatable, Sendable {
    /// Shares of 1 among what they voted for.
    var authors: [UserID: Double] = [:]
    var categories: [Category: Double] = [:]
    var followed: Set<UserID> = []

    init(votedFor posts: [(author: UserID, category: Category)], followed: Set<UserID>) {
        self.followed = followed
        guard !posts.isEmpty else { return }
        let share = 1 / Double(posts.count)
        for post in posts {
            authors[post.author, default: 0] += share
            categories[post.category, default: 0] += share
        }
    }
}

/// The for-you feed: affinity × freshness × quality × exploration, each factor kept so that a client can ask why.
struct ForYouRanking: Sendable {
    struct Reasons: Equatable, Sendable {
        var affinity: Double
        var freshness: Double
        var quality: Double
        var exploration: Double

        var score: Double { affinity * freshness * quality * exploration }
    }

    let taste: Taste
    let now: Instant

    /// Each factor is positive, so none silences the others.
    func reasons(for post: PostRecord) -> Reasons {
        let author = min(1, 3 * (taste.authors[post.userID] ?? 0)) + (taste.followed.contains(post.userID) ? 0.5 : 0)
        let category = taste.categories[post.category] ?? 0
        let hours = max(0, Double((now - post.createdAt).wholeMilliseconds) / 3_600_000)
        return Reasons(
            affinity: 0.25 + author + category,
            freshness: 1 / (1 + hours / 24),
            quality: 0.1
                + RankingRules.hot(votes: Int(post.counters.votes), uniqueViewers: Int(post.counters.uniqueViewers)),
            exploration: exploration(of: post))
    }

    /// 0.75 to 1.25, fixed for a viewer's hour and a post, so that pages agree and no post is always last.
    private func exploration(of post: PostRecord) -> Double {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325 ^ UInt64(bitPattern: now.milliseconds / 3_600_000)
        for byte in post.id.objectID.bytes { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
        return 0.75 + Double((hash >> 16) % 1000) / 2000
    }
}
