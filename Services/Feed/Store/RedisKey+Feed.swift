import RedisClient

extension RedisKey {
    /// Which snapshot new readers of a feed get: its id, for some seconds.
    static func currentSnapshot(_ query: FeedQuery) -> RedisKey { RedisKey("feed", "current", query.name) }

    /// The ids of a snapshot, 12 bytes each. The feed is part of the key, so that a cursor opens no other one.
    static func snapshot(_ id: String, of query: FeedQuery) -> RedisKey { RedisKey("feed", "snapshot", query.name, id) }
}
