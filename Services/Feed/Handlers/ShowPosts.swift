import Domain
import HTTPServer
import JSON
import Records

/// Shows posts to somebody: what they may see, with their own marks.
struct ShowPosts: Sendable {
    let posts: any Posts
    let relations: any Relations
    let marks: any VoteMarks
    let pictures: PictureAddresses

    func json(of post: PostRecord) -> PostJSON { PostJSON(post, pictures: pictures) }

    /// - Throws: `not-found` for what does not exist or is invisible: the two can't be told apart.
    func one(_ id: PostID, for caller: Caller?) async throws -> (post: PostRecord, voted: Bool?) {
        guard let post = try await posts.find(id),
            PostVisibility.isVisible(post, to: try await viewer(caller, of: post.userID))
        else { throw Problem(.notFound) }
        guard let caller else { return (post, nil) }
        return (post, try await marks.voted([id], by: caller.userID).contains(id))
    }

    func posts(of username: String, for caller: Caller?, limit: Int, cursor: FeedCursor?) async throws -> Response {
        guard let author = try await relations.userID(named: username) else { throw Problem(.notFound) }
        let viewer = try await viewer(caller, of: author)
        if viewer.isBlocked { throw Problem(.notFound) }
        let place = try cursor?.timePlace
        let scope: PostScope =
            viewer.userID == author || viewer.isModerator
            ? .own(author) : .profile(author, toFollower: viewer.follows)
        let found = try await posts.newest(scope, before: place, limit: limit + 1)
        let shown = Array(found.prefix(limit))
        let next =
            found.count > limit ? shown.last.map { FeedCursor.after(TimePlace(time: $0.createdAt, id: $0.id)) } : nil
        return try await page(shown.map(json), next: next, for: caller)
    }

    /// A page with the caller's marks, found in one look-up.
    func page(_ items: [PostJSON], next: FeedCursor?, for caller: Caller?) async throws -> Response {
        var voted: Set<PostID> = []
        if let caller, !items.isEmpty { voted = try await marks.voted(items.map(\.post.id), by: caller.userID) }
        var writer = JSONWriter(capacity: 1024 * (items.count + 1))
        writer.object {
            $0.array("items") { array in
                for item in items { array.raw(item.bytes(voted: caller.map { _ in voted.contains(item.post.id) })) }
            }
            $0.field("nextCursor", next?.text)
        }
        return .json(bytes: writer.bytes)
    }

    private func viewer(_ caller: Caller?, of author: UserID) async throws -> Viewer {
        guard let caller else { return .anonymous }
        var viewer = Viewer(userID: caller.userID)
        viewer.isModerator = !caller.roles.isDisjoint(with: [.moderator, .admin])
        guard caller.userID != author else { return viewer }
        viewer.follows = try await relations.isFollowing(caller.userID, author)
        viewer.isBlocked = try await relations.isBlocked(caller.userID, author)
        return viewer
    }
}
