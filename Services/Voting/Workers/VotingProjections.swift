import Domain
import Events
import Lifecycle
import Records
import RedisClient

/// Listens to what others say of posts, people and relations.
struct VotingProjections: Sendable {
    static let group = "voting.projections"

    let posts: RedisPosts
    let judge: JudgeVotes
    let relations: RelationLookup
    let ballots: RedisBallots
    let redis: RedisClient

    var consumer: EventConsumer {
        let projections = self
        return EventConsumer(group: Self.group, redis: redis)
            .on(PostCreated.self) { try await projections.set($0.payload.post) }
            .on(PostApproved.self) { try await projections.set($0.payload.post) }
            .on(PostRejected.self) { try await projections.set($0.payload.post) }
            .on(PostUpdated.self) { try await projections.set($0.payload.post) }
            .on(PostRemoved.self) { try await projections.set($0.payload.post) }
            .on(UserBanned.self) { event in
                try await projections.judge.follow(
                    .banned, of: event.payload.userID, version: event.payload.version, at: event.payload.at)
            }
            .on(UserShadowBanned.self) { event in
                try await projections.judge.follow(
                    .shadow, of: event.payload.userID, version: event.payload.version, at: event.payload.at)
            }
            .on(UserUnbanned.self) { event in
                try await projections.judge.follow(
                    .good, of: event.payload.userID, version: event.payload.version, at: event.payload.at)
            }
            .on(VoteReviewed.self) { try await projections.judge.review($0.payload) }
            .on(UserBlocked.self) { try await projections.relate($0.payload.blockerID, $0.payload.blockedID) }
            .on(UserUnblocked.self) { try await projections.relate($0.payload.blockerID, $0.payload.blockedID) }
    }

    private func set(_ post: PostSnapshot) async throws {
        let card = PostCard(
            author: post.authorID, category: post.category,
            access: .init(visibility: post.visibility, status: post.moderationStatus, isRemoved: post.isRemoved))
        try await posts.set(post.postID, card, version: post.version)
    }

    /// Asks for the relation as it is, so that the order of events and a block from the other side do not matter.
    private func relate(_ one: UserID, _ other: UserID) async throws {
        let isBlocked = try await relations.isBlocked(one, other)
        if isBlocked { return try await ballots.block([(one, other), (other, one)], at: .now()) }
        try await ballots.unblock(one, other)
    }
}
