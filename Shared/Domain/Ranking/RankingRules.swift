#if canImport(Glibc)
    import Glibc
#elseif canImport(Darwin)
    import Darwin
#endif

/// What ranking knows of a post.
package struct Engagement: Equatable, Sendable {
    package var votes: Int
    package var comments: Int
    package var shares: Int
    package var views: Int

    package init(votes: Int, comments: Int, shares: Int, views: Int) {
        self.votes = votes
        self.comments = comments
        self.shares = shares
        self.views = views
    }
}

/// The scores by which feeds are ordered; pure, so that a page can be explained and recomputed.
package enum RankingRules {
    /// Weighted composite: a share is worth three votes, a comment two, a hundred views one.
    package static func engagement(_ post: Engagement) -> Double {
        Double(post.votes) + 2 * Double(post.comments) + 3 * Double(post.shares) + Double(post.views) / 100
    }

    /// Engagement that decays with age: `e / (hours + 2)^1.5`, the gravity of Hacker News' published ranking.
    package static func trending(_ post: Engagement, age: Duration) -> Double {
        let hours = max(0, Double(age.wholeMilliseconds) / 3_600_000)
        return engagement(post) / pow(hours + 2, 1.5)
    }

    /// Lower bound of the Wilson score interval (E. B. Wilson, 1927) at 95% of votes over unique viewers.
    ///
    /// A vote proves a view, so trials are never fewer than votes; without either the score is 0.
    package static func hot(votes: Int, uniqueViewers: Int) -> Double {
        let trials = Double(max(uniqueViewers, votes))
        guard trials > 0 else { return 0 }
        let z = 1.959_963_984_540_054
        let share = Double(max(0, votes)) / trials
        let center = share + z * z / (2 * trials)
        let spread = z * ((share * (1 - share) + z * z / (4 * trials)) / trials).squareRoot()
        return max(0, (center - spread) / (1 + z * z / trials))
    }
}
