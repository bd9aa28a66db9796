import BSON
import Domain
import Events
import MongoClient
import Records

/// Keeps what profiles show of other services' facts: followers, posts, votes, gems, streaks.
///
/// Every figure comes as an absolute total with a version and is set only when it is newer, so that an event may come
/// twice, late or out of order.
struct ProfileProjections: Sendable {
    private let users: MongoCollection
    private let posts: MongoCollection

    init(client: MongoClient) {
        users = client.collection(UserRecord.collection.name)
        posts = client.collection(PostRecord.collection.name)
    }

    /// Sets and clears fields of a person unless something at least as new has been done under this name.
    func set(
        _ fields: BSONDocument, unset: [String] = [], of person: UserID, as name: String, version: Int64
    ) async throws(MongoError) {
        let key = "versions.\(name)"
        var set = fields
        set.append(key, .int64(version))
        var change: BSONDocument = ["$set": .document(set)]
        if !unset.isEmpty {
            change.append("$unset", .document(BSONDocument(elements: unset.map { ($0, .string("")) })))
        }
        _ = try await users.update(
            [
                "_id": .id(person),
                "$or": [
                    .document(BSONDocument(elements: [(key, ["$exists": false])])),
                    .document(BSONDocument(elements: [(key, ["$lt": .int64(version)])])),
                ],
            ],
            change)
    }

    func follows(_ event: FollowTotalsChanged) async throws(MongoError) {
        try await set(
            ["followersCount": .int64(event.followers), "followingCount": .int64(event.following)], of: event.userID,
            as: "follows", version: event.version)
    }

    func balance(of person: UserID, _ balance: Gems, seq: Int64) async throws(MongoError) {
        try await set(["gemBalance": .gems(balance)], of: person, as: "gems", version: seq)
    }

    func streak(_ event: StreakExtended) async throws(MongoError) {
        try await set(
            [
                "currentStreak": .int32(Int32(event.current)), "longestStreak": .int32(Int32(event.longest)),
                "lastActiveDate": .string(event.day), "lastStreakAwardAt": .instant(event.at),
            ],
            of: event.userID, as: "streak", version: event.at.milliseconds)
    }

    /// Counts a person's posts where they lie: the result is right whenever it is written last, which the version sees to.
    func recountPosts(of author: UserID, at now: Instant) async throws(MongoError) {
        let count = try await posts.count(["userId": .id(author), "deletedAt": ["$exists": false]])
        try await set(["postsCount": .int64(Int64(count))], of: author, as: "posts", version: now.milliseconds)
    }

    /// Keeps one row for each partition of voters, and their sum.
    ///
    /// - Parameter events: of one author, as many as have come.
    func votes(_ events: [AuthorVoteTotalsChanged]) async throws(MongoError) {
        guard let author = events.first?.authorID else { return }
        let newest = Dictionary(events.map { ($0.partition, $0) }) { $0.version < $1.version ? $1 : $0 }
        let rows = newest.values.sorted { $0.partition < $1.partition }.map { event -> (String, BSONValue) in
            let row = "voteTotals.p\(event.partition)"
            let told: BSONValue = ["displayed": .int64(event.displayed), "version": .int64(event.version)]
            let isNewer: BSONValue = ["$gte": [.string("$\(row).version"), .int64(event.version)]]
            return (row, ["$cond": [isNewer, .string("$\(row)"), told]])
        }
        let shown: BSONValue = ["$map": ["input": ["$objectToArray": "$voteTotals"], "in": "$$this.v.displayed"]]
        try await users.update(
            ["_id": .id(author)],
            .pipeline([
                ["$set": .document(BSONDocument(elements: rows))],
                ["$set": ["votesReceived": ["$max": [.int64(0), ["$sum": shown]]]]],
            ]))
    }
}
