import Domain
import HTTPServer
import Records

/// One page of a feed.
///
/// Feeds by time page through an index. Ranked feeds page through a snapshot, a fixed list of ids: however the ranks move
/// meanwhile, a reader sees each post once. Posts are read when the page is made, so that what was removed since is left out.
struct ReadFeed: Sendable {
    /// Longer than people scroll.
    static let snapshotLength = 500

    let posts: any Posts
    let relations: any Relations
    let snapshots: any Snapshots
    let show: ShowPosts
    let pages: PageCache
    let now: @Sendable () -> Instant

    /// - Throws: `invalid-cursor`; `cursor-expired` when the snapshot is gone.
    func callAsFunction(
        _ query: FeedQuery, for caller: Caller?, limit: Int, cursor: FeedCursor?
    ) async throws -> Response {
        switch query.kind {
        case .new, .following: return try await byTime(query, for: caller, limit: limit, cursor: cursor)
        case .trending, .hot, .top, .forYou: return try await ranked(query, for: caller, limit: limit, cursor: cursor)
        }
    }

    private func byTime(
        _ query: FeedQuery, for caller: Caller?, limit: Int, cursor: FeedCursor?
    ) async throws -> Response {
        let place = try cursor?.timePlace
        var scope = PostScope.everybody(category: query.category, tag: query.tag)
        if let viewer = query.viewer {
            scope = .followed(try await relations.followed(by: viewer), category: query.category, tag: query.tag)
        }
        let found = try await posts.newest(scope, before: place, limit: limit + 1)
        let last = found.count > limit ? found[limit - 1] : nil
        let next = last.map { FeedCursor.after(TimePlace(time: $0.createdAt, id: $0.id)) }
        let shown = try await withoutHidden(found.prefix(limit).map(show.json), from: caller)
        return try await show.page(shown, next: next, for: caller)
    }

    private func ranked(
        _ query: FeedQuery, for caller: Caller?, limit: Int, cursor: FeedCursor?
    ) async throws -> Response {
        let snapshot: Snapshot
        var offset = 0
        switch cursor {
        case .after: throw Problem(.invalidCursor)
        case .snapshot(let id, let place):
            guard let kept = try await snapshots.find(id, of: query) else { throw Problem(.cursorExpired) }
            snapshot = kept
            offset = place
        case nil: snapshot = try await currentSnapshot(of: query)
        }
        let end = min(offset + limit, snapshot.posts.count)
        guard offset < end else { return try await show.page([], next: nil, for: caller) }
        let ids = Array(snapshot.posts[offset..<end])
        let items = try await pages.items(ids) { try await posts.find($0).map(show.json) }
        let shown = try await withoutHidden(items.filter { $0.post.isPublic }, from: caller)
        let next = end < snapshot.posts.count ? FeedCursor.snapshot(id: snapshot.id, offset: end) : nil
        return try await show.page(shown, next: next, for: caller)
    }

    private func currentSnapshot(of query: FeedQuery) async throws -> Snapshot {
        if let current = try await snapshots.current(query) { return current }
        let ids: [PostID]
        if let viewer = query.viewer {
            ids = try await forYou(query, viewer: viewer)
        } else {
            ids = try await posts.ranked(query, now: now(), limit: Self.snapshotLength)
        }
        return try await snapshots.store(ids, for: query)
    }

    /// Ranks what is trending and what is new by the viewer's taste.
    private func forYou(_ query: FeedQuery, viewer: UserID) async throws -> [PostID] {
        var candidates = query
        candidates.viewer = nil
        candidates.kind = .trending
        let trending = try await posts.ranked(candidates, now: now(), limit: 300)
        let scope = PostScope.everybody(category: query.category, tag: query.tag)
        let fresh = try await posts.newest(scope, before: nil, limit: 200)
        let known = Set(fresh.map(\.id))
        let pool = fresh + (try await posts.find(trending.filter { !known.contains($0) }))
        let taste = try await taste(of: viewer)
        let ranking = ForYouRanking(taste: taste, now: now())
        return pool.filter { $0.userID != viewer }
            .map { (id: $0.id, score: ranking.reasons(for: $0).score) }
            .sorted { ($0.score, $0.id) > ($1.score, $1.id) }
            .prefix(Self.snapshotLength).map(\.id)
    }

    private func taste(of viewer: UserID) async throws -> Taste {
        let voted = try await posts.find(try await show.marks.recentVotes(of: viewer, limit: 100))
        return Taste(
            votedFor: voted.map { (author: $0.userID, category: $0.category) },
            followed: Set(try await relations.followed(by: viewer)))
    }

    private func withoutHidden(_ items: [PostJSON], from caller: Caller?) async throws -> [PostJSON] {
        guard let caller, !items.isEmpty else { return items }
        let hidden = try await relations.hidden(from: caller.userID)
        return hidden.isEmpty ? items : items.filter { !hidden.contains($0.post.userID) }
    }
}
