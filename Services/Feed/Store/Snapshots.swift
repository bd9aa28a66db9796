import BSON
import Domain
import RedisClient

/// A ranked feed as it stood at one moment.
struct Snapshot: Equatable, Sendable {
    let id: String
    let posts: [PostID]
}

/// Keeps snapshots for as long as people scroll.
protocol Snapshots: Sendable {
    /// The one that new readers get; nil when it is time for another.
    func current(_ query: FeedQuery) async throws -> Snapshot?
    /// One that a cursor names; nil when it is gone or belongs to another feed.
    func find(_ id: String, of query: FeedQuery) async throws -> Snapshot?
    func store(_ posts: [PostID], for query: FeedQuery) async throws -> Snapshot
}

/// Snapshots in the cache Redis: 12 bytes a post.
struct RedisSnapshots: Snapshots {
    /// How old a feed may look, and how long a reader may take between two pages.
    private static let freshness = Duration.seconds(5)
    private static let retention = Duration.seconds(900)

    let redis: RedisClient

    func current(_ query: FeedQuery) async throws -> Snapshot? {
        guard let id = try await redis.getText(.currentSnapshot(query)) else { return nil }
        return try await find(id, of: query)
    }

    func find(_ id: String, of query: FeedQuery) async throws -> Snapshot? {
        guard let bytes = try await redis.get(.snapshot(id, of: query)) else { return nil }
        return Snapshot(id: id, posts: Self.decode(bytes))
    }

    func store(_ posts: [PostID], for query: FeedQuery) async throws -> Snapshot {
        let id = SnapshotID.new().hex
        let bytes = posts.flatMap(\.objectID.bytes)
        try await redis.set(.snapshot(id, of: query), .bytes(bytes), expiry: Self.retention)
        try await redis.set(.currentSnapshot(query), .text(id), expiry: Self.freshness)
        return Snapshot(id: id, posts: posts)
    }

    private static func decode(_ bytes: [UInt8]) -> [PostID] {
        stride(from: 0, to: bytes.count - 11, by: 12).compactMap {
            ObjectID(bytes: bytes[$0..<$0 + 12]).map(PostID.init)
        }
    }
}
