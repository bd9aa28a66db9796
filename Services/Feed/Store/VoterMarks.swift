import BSON
import Domain
import MongoClient
import Records

/// Marks as voting has them, persisted or not; the taste from the permanent record, which may trail by a moment.
struct VoterMarks: VoteMarks {
    let voters: VoterLookup
    let votes: MongoCollection
    let now: @Sendable () -> Instant

    func voted(_ posts: [PostID], by voter: UserID) async throws -> Set<PostID> {
        try await voters.voted(posts, by: voter, at: now())
    }

    func recentVotes(of voter: UserID, limit: Int) async throws -> [PostID] {
        let found = try await votes.find(
            ["voterId": .id(voter)], sort: ["createdAt": -1], limit: limit, projection: ["postId": 1])
        return found.compactMap { $0.id("postId") }
    }
}
