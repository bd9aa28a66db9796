import Domain
import Events

/// Which events are worth telling, and in which words.
extension Notice {
    init(_ event: UserFollowed) {
        self.init(
            recipient: event.followedID, kind: .follow, title: "\(event.follower.displayName) follows you",
            body: "@\(event.follower.username) will see what you post.", imageUrl: event.follower.avatarUrl,
            action: .profile(username: event.follower.username),
            once: ["follow", event.followerID.hex, event.followedID.hex], at: event.at)
    }

    /// Nothing for what one took part in oneself a moment ago, such as a refund.
    init?(_ event: GemsEarned) {
        guard event.source == "votes" || event.source == "referral" || event.source == "trending_bonus" else {
            return nil
        }
        let gems = event.amount.count == 1 ? "a gem" : "\(event.amount.count) gems"
        self.init(
            recipient: event.userID, kind: .gemEarned, title: "You earned \(gems)",
            body: "\(event.description). Your balance is \(event.balance.count).", action: .screen("gems"),
            once: ["gems", event.transactionID.hex], at: event.at)
    }

    init(_ event: GenerationCompleted) {
        self.init(
            recipient: event.userID, kind: .generation, title: "Your picture is ready", body: event.prompt.shortened,
            action: .screen("generation/\(event.generationID.hex)"),
            once: ["generation", event.generationID.hex, "completed"], at: event.completedAt)
    }

    init?(_ event: GenerationFailed) {
        guard !event.isCancelled else { return nil }
        self.init(
            recipient: event.userID, kind: .generation, title: "Your picture could not be made", body: event.message,
            action: .screen("generation/\(event.generationID.hex)"),
            once: ["generation", event.generationID.hex, "failed"], at: event.failedAt)
    }

    init(_ event: PostRejected) {
        self.init(
            recipient: event.post.authorID, kind: .moderation, title: "Your post was not approved", body: event.reason,
            action: .post(event.post.postID), once: ["rejected", event.post.postID.hex], at: event.rejectedAt)
    }

    init(_ event: StreakExtended) {
        self.init(
            recipient: event.userID, kind: .streak, title: "Day \(event.current) of your streak",
            body: event.awarded.count > 0 ? "You earned \(event.awarded.count) gems for it." : "Come back tomorrow.",
            action: .screen("streak"), once: ["streak", event.userID.hex, event.day], at: event.at)
    }

    /// One a post and day, telling how many voted in all.
    init(
        votesOn post: PostID, of author: UserID, prompt: String, imageUrl: String?, count: Int64, version: Int64,
        at: Instant
    ) {
        let people = count == 1 ? "One person" : "\(count) people"
        self.init(
            recipient: author, kind: .vote, title: "\(people) voted for your picture", body: prompt.shortened,
            imageUrl: imageUrl, action: .post(post), once: ["votes", post.hex, at.utcDay],
            gathered: (count: count, version: version), at: at)
    }
}

extension String {
    /// At most 120 characters, with an ellipsis where it was cut.
    fileprivate var shortened: String { count <= 120 ? self : prefix(119) + "…" }
}
