import BSON
package import Domain
package import MongoClient
package import RedisClient

/// Reads what a person has voted for and how many votes they have used, for services that show it. Read only.
package struct VoterLookup: Sendable {
    private let redis: RedisClient
    private let votes: MongoCollection

    package init(redis: RedisClient, in database: MongoDatabase) {
        self.redis = redis
        votes = database.collection(VoteCollections.votes.name)
    }

    /// Which of these posts the person has voted for, and not withdrawn: the newest word, persisted or not.
    package func voted(_ posts: [PostID], by voter: UserID, at now: Instant) async throws -> Set<PostID> {
        guard !posts.isEmpty else { return [] }
        let groups = Array(Dictionary(grouping: posts) { RedisKey.votePairs(voter, of: $0) })
        let replies = try await redis.pipeline(
            groups.map { key, posts in
                RedisCommand(["HMGET", .key(key)] + posts.map { .text($0.hex) })
            })
        var voted: Set<PostID> = []
        var missing: [PostID] = []
        for ((_, posts), reply) in zip(groups, replies) {
            for (post, value) in zip(posts, try reply.requireArray()) {
                if let mark = value.text.flatMap(VoteMark.init) {
                    if mark.isVoted { voted.insert(post) }
                } else if VoteMark.mayHaveLeft(post, now: now) {
                    missing.append(post)
                }
            }
        }
        guard !missing.isEmpty else { return voted }
        let found = try await votes.find(
            [
                "_id": ["$in": .array(missing.map { .objectID(VoteRecord.id($0, voter)) })],
                "postId": ["$in": .array(missing.map { .id($0) })], "withdrawn": false,
            ], projection: ["postId": 1])
        return voted.union(found.compactMap { $0.id("postId") })
    }

    /// Votes used on the UTC day of `now`.
    package func used(by voter: UserID, at now: Instant) async throws -> Int {
        let reply = try await redis.send(
            ["HGET", .key(.votePairs(voter, at: now)), .integer(VoteTally.day(of: now))])
        return reply.bytes.flatMap { VoteTally($0[...]) }?.used ?? 0
    }
}
