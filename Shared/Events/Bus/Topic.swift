package import Domain
package import RedisClient

/// A family of events that share streams, split by the subject's partition.
package struct Topic: Hashable, Sendable {
    package let name: String
    /// How many streams; fixed for the life of a deployment.
    package let partitions: Int
    /// Entries younger than this stay even when every group is past them, for groups that are yet to be born.
    package let retention: Duration

    package init(_ name: String, partitions: Int = 4, retention: Duration = .seconds(3600)) {
        self.name = name
        self.partitions = partitions
        self.retention = retention
    }

    package static let users = Topic("users")
    package static let posts = Topic("posts")
    package static let generations = Topic("generations")
    package static let moderation = Topic("moderation")
    /// What voters did: written by the vote script itself, so it has a stream for each voters' partition.
    package static let votes = Topic("votes", partitions: Partition.count)
    /// What became of it: totals, flags, reversals.
    package static let voteResults = Topic("vote-results")
    package static let gems = Topic("gems")
    package static let notifications = Topic("notifications")
    package static let social = Topic("social")
    package static let analytics = Topic("analytics")

    package static let all: [Topic] = [
        users, posts, generations, moderation, votes, voteResults, gems, notifications, social, analytics,
    ]

    /// The streams of each of them, named once.
    static let streams = Dictionary(uniqueKeysWithValues: all.map { ($0.name, $0.streams) })

    /// The stream of one partition.
    package func stream(_ partition: Partition) -> RedisKey {
        RedisKey(Partition(number: partition.number % partitions).tag, "events", name)
    }

    package func stream(of subject: UserID) -> RedisKey { stream(Partition(of: subject)) }

    /// All streams of the topic.
    package var streams: [RedisKey] { (0..<partitions).map { stream(Partition(number: $0)) } }
}
