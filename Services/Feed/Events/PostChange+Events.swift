import Domain
import Events
import Records

extension PostChange {
    /// What the others learn of a change. A change that only says again what was so says nothing.
    func events(before: PostRecord, after: PostRecord) -> [OutgoingEvent] {
        let at = after.updatedAt
        switch self {
        case .edited:
            return [OutgoingEvent(PostUpdated(post: after.snapshot, isPinned: after.isPinned), at: at)]
        case .removed(let by):
            return [OutgoingEvent(PostRemoved(post: after.snapshot, removedBy: by, removedAt: at), at: at)]
        case .moderated(let status, _, _, let note):
            guard status != before.moderationStatus else { return [] }
            switch status {
            case .approved: return [OutgoingEvent(PostApproved(post: after.snapshot, approvedAt: at), at: at)]
            case .rejected:
                let rejected = PostRejected(post: after.snapshot, reason: note ?? "", rejectedAt: at)
                return [OutgoingEvent(rejected, at: at)]
            case .pending, .flagged:
                return [OutgoingEvent(PostUpdated(post: after.snapshot, isPinned: after.isPinned), at: at)]
            }
        }
    }
}

extension PostRecord {
    /// The post as events tell it.
    var snapshot: PostSnapshot {
        PostSnapshot(
            postID: id, authorID: userID,
            author: PersonSnapshot(
                username: author.username, displayName: author.displayName, avatarUrl: author.avatarUrl,
                tier: author.tier),
            category: category, tags: tags, visibility: visibility, moderationStatus: moderationStatus,
            isRemoved: isDeleted, prompt: prompt, caption: caption, imageUrl: imageUrl, thumbnailUrl: thumbnailUrl,
            createdAt: createdAt, version: updatedAt.milliseconds)
    }
}
