/// Every number of the game, as data with a version, in one place. Services use `standard`; reading another from outside is not there yet.
package struct EconomyConfiguration: Codable, Equatable, Sendable {
    package struct ByTier: Codable, Equatable, Sendable {
        package var free: Int
        package var pro: Int
        package var premium: Int

        package subscript(tier: Tier) -> Int {
            switch tier {
            case .free: free
            case .pro: pro
            case .premium: premium
            }
        }
    }

    package struct Fraud: Codable, Equatable, Sendable {
        /// A vote whose score reaches this waits for review.
        package var threshold = 0.7
        /// Distinct accounts on one address, or on one device, from which on the signal is at its full weight.
        package var addressClusterSize = 8
        package var deviceClusterSize = 3
        /// One full cluster needs a second signal to reach the threshold: a school or an office is no fraud either.
        package var addressWeight = 0.6
        package var deviceWeight = 0.55
        /// Age, velocity, trust and reciprocity together stay below the threshold: friends of a new community are no fraud.
        package var ageWeight = 0.2
        package var velocityWeight = 0.2
        package var reciprocityWeight = 0.15
        package var trustWeight = 0.1
        /// Counts only on top of a shared address or device.
        package var collusionWeight = 0.3
        /// An account younger than this is new.
        package var newAccountHours = 24
        /// Votes in one minute from which on the velocity signal is at its full weight.
        package var fastVotesPerMinute = 30
    }

    /// When people who vote for each other are a ring, and when accounts that share something are a farm.
    package struct Collusion: Codable, Equatable, Sendable {
        /// How far back votes are looked at.
        package var days = 30
        /// Fewer votes from one person to another are friendship.
        package var votesPerEdge = 5
        package var smallestRing = 3
        /// A larger group is a community.
        package var largestRing = 30
        /// Of the votes of each member, and of all, how much stays inside.
        package var memberShare = 0.6
        package var insideShare = 0.7
        /// Of the votes that the members receive, how much comes from inside: who is liked by others too is no ring.
        package var receivedShare = 0.6
        /// How many times more than if they voted as everybody does: in a small new community all vote for all.
        package var lift = 3.0
        /// Of the votes from one address or device, how much goes to one author.
        package var farmShare = 0.6
        package var farmVotes = 10
    }

    package var version = 1

    package var votesPerGem: Int64 = 10
    package var votesPerDay = ByTier(free: 50, pro: 200, premium: 500)
    package var generationsPerDay = ByTier(free: 5, pro: 50, premium: 200)
    /// Pairs of posts older than this are looked up in MongoDB instead of Redis.
    package var votePairRedisDays = 30

    package var dailyLoginGems: Int64 = 1
    package var weekStreakGems: Int64 = 5
    package var weekStreakDays = 7
    package var monthStreakGems: Int64 = 25
    package var monthStreakDays = 30
    /// Two streak awards lie at least this far apart, whatever the clock or the time zone does.
    package var streakAwardSpacingHours = 20

    package var referralGems: Int64 = 10
    package var referralActiveDays = 3
    package var referralMultiplier = 2.0
    package var referralMultiplierHours = 24
    /// A newcomer who does not come back often enough in so many days is nobody's referral any more.
    package var referralDeadlineDays = 30

    package var trendingGems: Int64 = 5
    package var trendingRank = 50
    package var trendingMinimumVotes = 20
    /// The day whose top counts ends now: posts older than this are past it.
    package var trendingHours = 24

    package var dailyEmissionPerPerson: Int64 = 200
    package var dailyEmissionInAll: Int64 = 1_000_000
    /// How long a gem from votes must lie before it can become a gift.
    package var giftableAfterHours = 72

    package var fraud = Fraud()
    package var collusion = Collusion()

    package init() {}

    /// The numbers of the product's design.
    package static let standard = EconomyConfiguration()
}
