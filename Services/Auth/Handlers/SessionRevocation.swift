import Domain
import RedisClient
import ServiceKit

/// Ends sessions, and tells every process at once.
struct SessionRevocation: Sendable {
    let store: MongoSessions
    let redis: RedisClient

    /// Ends a session in the database first, which is what counts, then everywhere.
    ///
    /// When the second step fails the caller learns it and tries again; meanwhile the event in the session's outbox has
    /// the worker tell the others.
    /// - Returns: false when there was no such session to end.
    @discardableResult
    func end(_ id: SessionID, of person: UserID, because end: SessionEnd, now: Instant) async throws -> Bool {
        let ended = try await store.revoke(id, of: person, because: end, now: now)
        // Also for one that was over already: perhaps this is the second try.
        try await tell(.session(id), now: now)
        return ended
    }

    /// Tells every process.
    func tell(_ revocation: Revocation, now: Instant) async throws {
        _ = try await redis.send(revocation.command(now: now))
    }
}
