import BSON
import Domain
import Events
import MongoClient
import Records

/// The posts in MongoDB. Every change carries its event in the same write, for the outbox to relay.
struct MongoPosts: Posts {
    private let outbox: Outbox
    private let now: @Sendable () -> Instant

    init(_ outbox: Outbox, now: @escaping @Sendable () -> Instant) {
        self.outbox = outbox
        self.now = now
    }

    /// The collection itself, for projections and ranks.
    var posts: MongoCollection { outbox.collection }

    func find(_ id: PostID) async throws -> PostRecord? {
        try await posts.findByID(.id(id)).map { document in try PostRecord(document) }
    }

    func find(_ ids: [PostID]) async throws -> [PostRecord] {
        guard !ids.isEmpty else { return [] }
        return try await posts.find(["_id": ["$in": .array(ids.map { .id($0) })]]).map { document in
            try PostRecord(document)
        }
    }

    func insert(_ post: PostRecord) async throws -> PostRecord? {
        let created = PostCreated(
            post: post.snapshot, generationID: post.generationID, refinedPrompt: post.refinedPrompt)
        let event = OutgoingEvent(created, at: post.createdAt)
        var document = post.document
        document.append("outbox", [event].outbox)
        do {
            try await posts.insert(document)
        } catch MongoError.duplicateKey {
            return try await find(post.id)
        }
        await outbox.deliver([event], of: ["_id": .id(post.id)])
        return nil
    }

    func change(_ id: PostID, _ change: PostChange) async throws -> PostRecord? {
        while let post = try await find(id), !post.isDeleted {
            var changed = post
            change.apply(to: &changed, now: now())
            // Versions grow with every change, even where two fall into one millisecond.
            changed.updatedAt = max(changed.updatedAt, post.updatedAt + .milliseconds(1))
            let events = change.events(before: post, after: changed)
            var update = change.update(of: changed)
            if !events.isEmpty { update.append("$push", .document(events.outboxPush)) }
            let result = try await posts.update(["_id": .id(id), "updatedAt": .instant(post.updatedAt)], update)
            guard result.matched == 1 else { continue }
            await outbox.deliver(events, of: ["_id": .id(id)])
            return changed
        }
        return nil
    }

    func newest(_ scope: PostScope, before place: TimePlace<Tags.Post>?, limit: Int) async throws -> [PostRecord] {
        var filter = scope.filter
        filter.append(behind: place)
        return try await posts.find(filter, sort: ["createdAt": -1, "_id": -1], limit: limit).map { document in
            try PostRecord(document)
        }
    }

    func ranked(_ query: FeedQuery, now: Instant, limit: Int) async throws -> [PostID] {
        var filter = PostScope.everybody(category: query.category, tag: query.tag).filter
        let sort: BSONDocument
        switch query.kind {
        case .hot: sort = ["hotScore": -1, "_id": -1]
        case .top:
            sort = ["engagementScore": -1, "_id": -1]
            if let start = query.window.start(before: now) { filter.append("createdAt", ["$gte": .instant(start)]) }
        case .trending, .forYou, .new, .following: sort = ["trendingScore": -1, "createdAt": -1, "_id": -1]
        }
        return try await posts.find(filter, sort: sort, limit: limit, projection: ["_id": 1]).compactMap {
            $0.id("_id")
        }
    }
}

extension PostScope {
    fileprivate var filter: BSONDocument {
        var filter: BSONDocument
        switch self {
        case .everybody(let category, let tag):
            filter = ["moderationStatus": "approved", "visibility": "public"]
            filter.append("category", ifPresent: category.map { .string($0.rawValue) })
            filter.append("tags", ifPresent: tag.map { .string($0) })
        case .followed(let authors, let category, let tag):
            filter = [
                "userId": ["$in": .array(authors.map { .id($0) })], "moderationStatus": "approved",
                "visibility": ["$in": ["public", "followers"]],
            ]
            filter.append("category", ifPresent: category.map { .string($0.rawValue) })
            filter.append("tags", ifPresent: tag.map { .string($0) })
        case .own(let author):
            filter = ["userId": .id(author)]
        case .profile(let author, let toFollower):
            let visibilities: BSONValue = toFollower ? ["public", "followers"] : ["public"]
            filter = ["userId": .id(author), "moderationStatus": "approved", "visibility": ["$in": visibilities]]
        }
        filter.append("deletedAt", ["$exists": false])
        return filter
    }
}
