import BSON
import Domain
import Events
import MongoClient
import Records

/// Follows, blocks and mutes in MongoDB.
///
/// A relation and the totals it changes are written in one transaction, so that a total is always the count of its
/// relations; the events wait in the totals' outbox.
struct MongoRelations: Sendable {
    private let client: MongoClient
    private let follows: MongoCollection
    private let totals: Outbox
    private let blocks: Outbox
    private let now: @Sendable () -> Instant

    init(database: MongoDatabase, bus: EventBus, now: @escaping @Sendable () -> Instant) {
        client = database.client
        follows = database.collection(SocialCollections.follows.name)
        totals = Outbox(collection: database.collection(SocialCollections.followTotals.name), bus: bus)
        blocks = Outbox(collection: database.collection(SocialCollections.blocks.name), bus: bus)
        self.now = now
    }

    var outboxes: [Outbox] { [totals, blocks] }

    /// Makes `follower` follow `followed`; following twice changes nothing.
    ///
    /// - Returns: how many follow `followed` now.
    func follow(_ follower: UserRecord, _ followed: UserID) async throws -> Int64 {
        let at = now()
        let relation: BSONDocument = [
            "_id": RelationLookup.pairID(follower.id, followed), "followerId": .id(follower.id),
            "followingId": .id(followed), "createdAt": .instant(at),
        ]
        let person = PersonSnapshot(
            username: follower.username, displayName: follower.displayName, avatarUrl: follower.avatarUrl,
            tier: follower.tier)
        let event = UserFollowed(followerID: follower.id, followedID: followed, follower: person, at: at)
        do {
            let written = try await client.withTransaction { session in
                try await follows.insert(relation, in: session)
                return try await count(
                    follower: follower.id, followed: followed, by: 1, event: OutgoingEvent(event, at: at), in: session)
            }
            await totals.deliver(written)
        } catch MongoError.duplicateKey {}  // followed already: nothing to change
        return try await followers(of: followed)
    }

    func unfollow(_ follower: UserID, _ followed: UserID) async throws -> Int64 {
        let at = now()
        let event = UserUnfollowed(followerID: follower, followedID: followed, at: at)
        let written = try await client.withTransaction { session -> [Written] in
            let removed = try await follows.delete(["_id": RelationLookup.pairID(follower, followed)], in: session)
            guard removed == 1 else { return [] }
            return try await count(
                follower: follower, followed: followed, by: -1, event: OutgoingEvent(event, at: at), in: session)
        }
        await totals.deliver(written)
        return try await followers(of: followed)
    }

    /// Blocks or mutes; doing it twice changes nothing. A block ends follows in both directions.
    func hide(_ owner: UserID, _ other: UserID, kind: HideKind) async throws {
        let at = now()
        let id = RelationLookup.blockID(owner, other, kind: kind.rawValue)
        var document: BSONDocument = [
            "_id": id, "ownerId": .id(owner), "otherId": .id(other), "kind": .string(kind.rawValue),
            "createdAt": .instant(at),
        ]
        let blocked = UserBlocked(blockerID: owner, blockedID: other, version: at.milliseconds, at: at)
        let events = kind == .block ? [OutgoingEvent(blocked, at: at)] : []
        if !events.isEmpty { document.append("outbox", events.outbox) }
        do {
            try await blocks.collection.insert(document)
            await blocks.deliver(events, of: ["_id": id])
        } catch MongoError.duplicateKey {}  // hidden already; what a crash left undone is done below
        if kind == .block {
            _ = try await unfollow(owner, other)
            _ = try await unfollow(other, owner)
        }
    }

    func unhide(_ owner: UserID, _ other: UserID, kind: HideKind) async throws {
        let at = now()
        let unblocked = UserUnblocked(blockerID: owner, blockedID: other, version: at.milliseconds, at: at)
        let events = kind == .block ? [OutgoingEvent(unblocked, at: at)] : []
        let isChanged = try await client.withTransaction { session in
            let id = RelationLookup.blockID(owner, other, kind: kind.rawValue)
            guard try await blocks.collection.delete(["_id": id], in: session) == 1 else { return false }
            guard !events.isEmpty else { return true }
            // The document of the block is gone, so its end waits in the outbox of the owner's totals.
            _ = try await totals.collection.update(
                ["_id": .id(owner)],
                [
                    "$setOnInsert": .document(FollowTotals.zero(at: at)), "$push": .document(events.outboxPush),
                ], upsert: true, in: session)
            return true
        }
        if isChanged { await totals.deliver(events, of: ["_id": .id(owner)]) }
    }

    /// Relations of one person, the newest first, behind a place.
    func list(
        _ side: FollowSide, of user: UserID, before place: TimePlace<Tags.User>?, limit: Int
    ) async throws -> [Follow] {
        var filter: BSONDocument = [side.field: .id(user)]
        filter.append(behind: place, id: side.otherField)
        let sort: BSONDocument = ["createdAt": -1, side.otherField: -1]
        return try await follows.find(filter, sort: sort, limit: limit).map { document in
            Follow(user: try document.requireID(side.otherField), since: try document.requireInstant("createdAt"))
        }
    }

    private func followers(of user: UserID) async throws -> Int64 {
        try await totals.collection.findByID(.id(user))?.int64("followers") ?? 0
    }

    /// What waits in which document's outbox.
    private typealias Written = (filter: BSONDocument, events: [OutgoingEvent])

    private func count(
        follower: UserID, followed: UserID, by step: Int64, event: OutgoingEvent, in session: MongoSession
    ) async throws -> [Written] {
        // Always in the order of ids, so that two people who follow each other at once do not wait for one another.
        let following = (user: follower, side: "following", events: [event])
        let followers = (user: followed, side: "followers", events: [OutgoingEvent]())
        var written: [Written] = []
        for part in [following, followers].sorted(by: { $0.user < $1.user }) {
            written.append(try await count(part.user, part.side, by: step, events: part.events, in: session))
        }
        return written
    }

    private func count(
        _ user: UserID, _ side: String, by step: Int64, events: [OutgoingEvent], in session: MongoSession
    ) async throws -> Written {
        let at = now()
        let other = side == "following" ? "followers" : "following"
        let after = try await totals.collection.findAndModify(
            ["_id": .id(user)],
            update: [
                "$inc": [side: .int64(step), "version": .int64(1)], "$set": ["updatedAt": .instant(at)],
                "$setOnInsert": [other: .int64(0)],
            ],
            upsert: true, in: session)
        let changed = FollowTotalsChanged(
            userID: user, followers: after?.int64("followers") ?? 0, following: after?.int64("following") ?? 0,
            version: after?.int64("version") ?? 0, at: at)
        let events = events + [OutgoingEvent(changed, at: at)]
        let filter: BSONDocument = ["_id": .id(user)]
        _ = try await totals.collection.update(filter, ["$push": .document(events.outboxPush)], in: session)
        return (filter, events)
    }
}

private enum FollowTotals {
    static func zero(at: Instant) -> BSONDocument {
        ["followers": .int64(0), "following": .int64(0), "version": .int64(0), "updatedAt": .instant(at)]
    }
}

enum HideKind: String, Sendable {
    case block, mute
}

enum FollowSide: Sendable {
    case followers, following

    /// Where the person whose list it is stands.
    var field: String { self == .followers ? "followingId" : "followerId" }
    var otherField: String { self == .followers ? "followerId" : "followingId" }
}

struct Follow: Equatable, Sendable {
    let user: UserID
    let since: Instant
}
