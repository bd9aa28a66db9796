import Domain
import MongoClient
import Records
import RedisClient
import Runtime

/// Finds what voting has to know of a post: in Redis, and in feed's documents before anybody is refused.
///
/// A class, so that whoever keeps it for a request keeps one reference.
final class FindPost: Sendable {
    let known: RedisPosts
    let posts: PostLookup
    let votes: MongoVotes
    let relations: RelationLookup
    private let recent = RecentCards()

    init(known: RedisPosts, posts: PostLookup, votes: MongoVotes, relations: RelationLookup) {
        self.known = known
        self.posts = posts
        self.votes = votes
        self.relations = relations
    }

    /// The post, where it was read a moment ago and this person may vote for it.
    func atOnce(_ id: PostID, for voter: UserID) -> PostCard? {
        recent.find(id).flatMap { Self.isOpen($0, to: voter) ? $0 : nil }
    }

    /// The post without a task, where Redis knows it and this person may vote for it; nil leaves it to a task.
    func begin(
        _ id: PostID, for voter: UserID, over calls: RedisCalls, on loop: EventLoop,
        _ answer: @escaping (PostCard?) -> Void
    ) {
        recent.card(id, on: loop, { [known] in known.find(id, over: calls, $0) }) { card in
            answer(card.flatMap { Self.isOpen($0, to: voter) ? $0 : nil })
        }
    }

    private static func isOpen(_ card: PostCard, to voter: UserID) -> Bool {
        card.author != voter && card.access == .everybody
    }

    /// The post, where this person may vote for it.
    ///
    /// - Throws: `ownPost`, `noSuchPost`.
    func callAsFunction(_ id: PostID, for voter: UserID) async throws -> PostCard {
        if let card = try await recent.card(id, { try await known.find(id) }), Self.isOpen(card, to: voter) {
            return card
        }
        guard let card = try await read(id) else { throw VotingError.noSuchPost }
        if card.author == voter { throw VotingError.ownPost }
        switch card.access {
        case .everybody: return card
        case .followers:
            guard try await relations.isFollowing(voter, card.author) else { throw VotingError.noSuchPost }
            return card
        case .nobody: throw VotingError.noSuchPost
        }
    }

    /// The post for one who takes a vote back: also when it can no longer be voted for.
    func forWithdrawal(_ id: PostID) async throws -> PostCard {
        if let card = try await known.find(id) { return card }
        guard let card = try await read(id) else { throw VotingError.noSuchPost }
        return card
    }

    private func read(_ id: PostID) async throws -> PostCard? {
        guard let post = try await posts.byID(id) else { return nil }
        let totals = try await votes.totals(of: id)
        var card = PostCard(post)
        for row in totals {
            card.rows[row.partition.number] = PostCard.Row(
                displayed: row.displayed, version: row.version, position: row.position)
        }
        try await known.set(id, card, version: post.updatedAt.milliseconds)
        try await known.set(totals)
        return card
    }
}

extension PostCard {
    init(_ post: PostRecord) {
        self.init(
            author: post.userID, category: post.category,
            access: Access(visibility: post.visibility, status: post.moderationStatus, isRemoved: post.isDeleted))
    }
}
