import BSON
import Domain
import Events
import Lifecycle
import MongoClient
import Records
import Runtime
import ServiceKit
import Telemetry

/// Counts views of posts: each reported view once, each person once a post.
///
/// A batch of uncounted events, the totals that they change and the mark that they are counted are one transaction, so
/// that a crash or a second worker counts nothing twice. Totals go out as absolute figures with a version.
struct CountViews: Service {
    private static let batch = 500

    let client: MongoClient
    let events: MongoCollection
    let viewers: MongoCollection
    let totals: Outbox
    let posts: PostLookup
    let loops: EventLoopGroup
    let now: @Sendable () -> Instant

    func run() async throws {
        let signal = ShutdownSignal.current ?? ShutdownSignal()
        let loop = EventLoop.current ?? loops.next()
        while !signal.isRaised {
            let counted: Int
            do { counted = try await countBatch() } catch is CountedElsewhere { continue }
            // Cut short by the signal: the loop ends by itself.
            if counted < Self.batch { try? await signal.cancelling { try await loop.sleep(for: .seconds(1)) } }
        }
    }

    /// - Returns: how many events were counted.
    func countBatch() async throws -> Int {
        let documents = try await events.find(
            ["uncounted": true], limit: Self.batch, projection: ["properties": 1, "userId": 1])
        guard !documents.isEmpty else { return 0 }
        let views = documents.compactMap(View.init)
        let known = Dictionary(
            try await posts.byIDs(Array(Set(views.map(\.post)))).map { ($0.id, $0.userID) },
            uniquingKeysWith: { a, _ in a })
        let written = try await client.withTransaction { session -> [Written] in
            let ids = BSONValue.array(documents.compactMap { $0["_id"] })
            let marked = try await events.update(
                ["_id": ["$in": ids], "uncounted": true], ["$unset": ["uncounted": ""]], many: true, in: session)
            guard marked.modified == documents.count else { throw CountedElsewhere() }
            var written: [Written] = []
            for (post, author) in known.sorted(by: { $0.key < $1.key }) {
                written.append(try await count(views.filter { $0.post == post }, of: post, author, in: session))
            }
            return written
        }
        await totals.deliver(written)
        return documents.count
    }

    private typealias Written = (filter: BSONDocument, events: [OutgoingEvent])

    private func count(
        _ views: [View], of post: PostID, _ author: UserID, in session: MongoSession
    ) async throws -> Written {
        var newViewers: Int64 = 0
        for viewer in Set(views.compactMap(\.viewer)) where viewer != author {
            let id: BSONDocument = ["post": .id(post), "viewer": .id(viewer)]
            let result = try await viewers.update(
                ["_id": .document(id)], ["$setOnInsert": ["at": .instant(now())]], upsert: true, in: session)
            if result.upsertedID != nil { newViewers += 1 }
        }
        let at = now()
        let filter: BSONDocument = ["_id": .id(post)]
        let after = try await totals.collection.findAndModify(
            filter,
            update: [
                "$inc": [
                    "views": .int64(Int64(views.count)), "uniqueViewers": .int64(newViewers), "version": .int64(1),
                ],
                "$set": ["updatedAt": .instant(at)],
            ], upsert: true, in: session)
        let changed = PostViewsChanged(
            postID: post, authorID: author, views: after?.int64("views") ?? 0,
            uniqueViewers: after?.int64("uniqueViewers") ?? 0, version: after?.int64("version") ?? 0, at: at)
        let events = [OutgoingEvent(changed, at: at)]
        _ = try await totals.collection.update(filter, ["$push": .document(events.outboxPush)], in: session)
        return (filter, events)
    }
}

/// Another worker has counted some of the batch: look again.
private struct CountedElsewhere: Error {}

private struct View {
    let post: PostID
    let viewer: UserID?

    init?(_ document: BSONDocument) {
        guard let post = document.document("properties")?.string("postId").flatMap(PostID.init(hex:)) else {
            return nil
        }
        self.post = post
        viewer = document.id("userId")
    }
}
