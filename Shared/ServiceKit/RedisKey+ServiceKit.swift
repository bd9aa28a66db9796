package import Domain
package import RedisClient

/// Every key that ServiceKit uses, and what lies under it.
extension RedisKey {
    /// Hash: process → when it last spoke and what it said (durable Redis).
    package static let heartbeats = RedisKey("heartbeats")

    /// Stream: sessions and people whose tokens must no longer be accepted (durable Redis).
    package static let revocations = RedisKey("revocations")

    /// String: the stream of revocations is whole; missing after a flush, until auth has filled the stream again.
    package static let revocationsEpoch = RedisKey("revocations:epoch")

    /// Hash: what became of a request with an idempotency key; 24 hours (durable Redis).
    package static func idempotency(_ person: UserID, digest: String) -> RedisKey {
        RedisKey("idempotency", Partition(of: person).tag, person.hex, digest)
    }

    /// String: requests in one window (cache Redis).
    package static func limit(_ subject: String, window: Int64) -> RedisKey {
        RedisKey("limit", subject, String(window))
    }
}
