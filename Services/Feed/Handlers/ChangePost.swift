import ContentRules
import Domain
import HTTPServer
import Records

/// Changes what an author says of a post.
struct ChangePost: Sendable {
    let posts: any Posts
    let rules: ContentRules

    /// - Throws: `not-found`, `forbidden` for somebody else's post, `content-rejected`.
    func callAsFunction(_ id: PostID, _ body: ChangePostBody, by author: UserID) async throws -> PostRecord {
        let post = try await posts.requireOwn(id, of: author)
        try rules.requireAcceptable(body.caption ?? nil, body.tags)
        let verdict = rules.check([body.caption ?? nil].compactMap(\.self) + (body.tags ?? []))
        // New words that want a look are seen by others only after it; a picture that was rejected stays rejected.
        let status: ModerationStatus? = verdict.needsReview && post.moderationStatus == .approved ? .pending : nil
        let edit = PostEdit(
            caption: body.caption, tags: body.tags, category: body.category, visibility: body.visibility,
            isPinned: body.isPinned, status: status)
        guard let changed = try await posts.change(id, .edited(edit)) else { throw Problem(.notFound) }
        return changed
    }
}

/// Takes a post away; its author may, and so may moderators.
struct RemovePost: Sendable {
    let posts: any Posts

    func callAsFunction(_ id: PostID, by caller: Caller) async throws {
        let isModerator = !caller.roles.isDisjoint(with: [.moderator, .admin])
        guard let post = try await posts.find(id) else { throw Problem(.notFound) }
        let isOwn = post.userID == caller.userID
        if !isModerator { _ = try await posts.requireOwn(id, of: caller.userID) }
        guard try await posts.change(id, .removed(by: isOwn ? "author" : caller.userID.hex)) != nil else {
            throw Problem(.notFound)
        }
    }
}

extension Posts {
    /// - Throws: `not-found` where there is none for this person to see, `forbidden` where it is somebody else's.
    func requireOwn(_ id: PostID, of author: UserID) async throws -> PostRecord {
        guard let post = try await find(id), !post.isDeleted else { throw Problem(.notFound) }
        guard post.userID == author else { throw Problem(post.isPublic ? .forbidden : .notFound) }
        return post
    }
}
