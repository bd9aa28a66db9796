import BSON
import Domain
import Events
import Records

extension PostChange {
    func apply(to post: inout PostRecord, now: Instant) {
        post.updatedAt = now
        switch self {
        case .edited(let edit):
            if let caption = edit.caption { post.caption = caption }
            post.tags = edit.tags ?? post.tags
            post.category = edit.category ?? post.category
            post.visibility = edit.visibility ?? post.visibility
            post.isPinned = edit.isPinned ?? post.isPinned
            post.moderationStatus = edit.status ?? post.moderationStatus
        case .moderated(let status, let nsfw, _, _):
            post.moderationStatus = status
            post.nsfw = nsfw ?? post.nsfw
        case .removed:
            post.deletedAt = now
        }
    }

    /// What of a changed post is written.
    func update(of post: PostRecord) -> BSONDocument {
        var set: BSONDocument = ["updatedAt": .instant(post.updatedAt)]
        var unset = BSONDocument()
        switch self {
        case .edited:
            if let caption = post.caption {
                set.append("caption", .string(caption))
            } else {
                unset.append("caption", "")
            }
            set.append("tags", .strings(post.tags))
            set.append("category", .string(post.category.rawValue))
            set.append("visibility", .string(post.visibility.rawValue))
            set.append("isPinned", .bool(post.isPinned))
            set.append("moderationStatus", .string(post.moderationStatus.rawValue))
        case .moderated(_, _, let reviewer, let note):
            set.append("moderationStatus", .string(post.moderationStatus.rawValue))
            set.append("nsfw", .bool(post.nsfw))
            set.append("moderationReviewedAt", .instant(post.updatedAt))
            set.append("moderationReviewedBy", .string(reviewer))
            set.append("moderationNotes", ifPresent: note.map { .string($0) })
        case .removed:
            set.append("deletedAt", .instant(post.updatedAt))
        }
        var update: BSONDocument = ["$set": .document(set)]
        if !unset.isEmpty { update.append("$unset", .document(unset)) }
        return update
    }
}
