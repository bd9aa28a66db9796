import Domain
import Records

/// Who is who to whom, read from the collections of auth and social by key.
protocol Relations: Sendable {
    func userID(named username: String) async throws -> UserID?
    func isFollowing(_ follower: UserID, _ author: UserID) async throws -> Bool
    func isBlocked(_ one: UserID, _ other: UserID) async throws -> Bool
    func followed(by follower: UserID) async throws -> [UserID]
    func hidden(from viewer: UserID) async throws -> Set<UserID>
}

struct MongoRelations: Relations {
    /// More than anybody reads; beyond it the oldest follows are left out of `following`.
    private static let followLimit = 5000

    let users: UserLookup
    let relations: RelationLookup

    func userID(named username: String) async throws -> UserID? { try await users.byUsername(username)?.id }

    func isFollowing(_ follower: UserID, _ author: UserID) async throws -> Bool {
        try await relations.isFollowing(follower, author)
    }

    func isBlocked(_ one: UserID, _ other: UserID) async throws -> Bool { try await relations.isBlocked(one, other) }

    func followed(by follower: UserID) async throws -> [UserID] {
        try await relations.followed(by: follower, limit: Self.followLimit)
    }

    func hidden(from viewer: UserID) async throws -> Set<UserID> { try await relations.hidden(from: viewer) }
}

/// Which of some posts a person has voted for.
protocol VoteMarks: Sendable {
    func voted(_ posts: [PostID], by voter: UserID) async throws -> Set<PostID>
    /// What somebody voted for lately, the newest first: their taste.
    func recentVotes(of voter: UserID, limit: Int) async throws -> [PostID]
}
