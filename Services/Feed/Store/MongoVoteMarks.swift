import BSON
import Domain
import MongoClient
import Records

/// Marks from the permanent record of pairs, which trails the vote itself by the persist worker's batch.
struct MongoVoteMarks: VoteMarks {
    let votes: MongoCollection

    func voted(_ posts: [PostID], by voter: UserID) async throws -> Set<PostID> {
        let found = try await votes.find(
            ["postId": ["$in": .array(posts.map { .id($0) })], "voterId": .id(voter), "withdrawn": false],
            projection: ["postId": 1])
        return Set(found.compactMap { $0.id("postId") })
    }

    func recentVotes(of voter: UserID, limit: Int) async throws -> [PostID] {
        let found = try await votes.find(
            ["voterId": .id(voter)], sort: ["createdAt": -1], limit: limit, projection: ["postId": 1])
        return found.compactMap { $0.id("postId") }
    }
}
