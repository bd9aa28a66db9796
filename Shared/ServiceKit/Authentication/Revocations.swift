package import Domain
package import Security
import Synchronization

/// The revocations that this process knows, and how fresh its knowledge is.
///
/// Fed by `RevocationFeed`; asked on every request with a token, so a look-up is two dictionary reads under a lock.
package final class Revocations: Sendable {
    /// Told of each revocation once, so that open connections of a session can be closed.
    package typealias Listener = @Sendable (Revocation) -> Void

    private struct State {
        var sessions: [SessionID: Instant] = [:]
        var people: [UserID: (issuedUntil: Instant, known: Instant)] = [:]
        var listeners: [Listener] = []
        var lastRead: Instant?
    }

    /// Beyond this, what this process does not know may be too much for writes.
    private static let longestDelay: Int64 = 5000

    private let state = Mutex(State())

    package init() {}

    package func isRevoked(_ claims: AccessClaims) -> Bool {
        state.withLock { state in
            if state.sessions[claims.session] != nil { return true }
            guard let cutoff = state.people[claims.user] else { return false }
            return claims.issuedAt <= cutoff.issuedUntil
        }
    }

    /// Whether the feed was read to its end lately: writes wait while it was not.
    package func isCurrent(now: Instant) -> Bool {
        state.withLock { state in
            guard let lastRead = state.lastRead else { return false }
            return now.milliseconds - lastRead.milliseconds <= Self.longestDelay
        }
    }

    /// Whether the feed was read to its end at all since the process started.
    package var hasBeenRead: Bool { state.withLock { $0.lastRead != nil } }

    /// Calls `listener` with each later revocation, on whatever thread learns of it.
    package func onRevocation(_ listener: @escaping Listener) { state.withLock { $0.listeners.append(listener) } }

    /// Takes in what the feed brought; an empty batch says that there was nothing new.
    package func apply(_ revocations: [Revocation], now: Instant) {
        let (listeners, news) = state.withLock { state in
            state.lastRead = now
            var news: [Revocation] = []
            for revocation in revocations where Self.insert(revocation, now: now, into: &state) {
                news.append(revocation)
            }
            if !revocations.isEmpty { Self.prune(&state, now: now) }
            return (state.listeners, news)
        }
        for revocation in news { for listener in listeners { listener(revocation) } }
    }

    private static func insert(_ revocation: Revocation, now: Instant, into state: inout State) -> Bool {
        switch revocation {
        case .session(let session):
            return state.sessions.updateValue(now, forKey: session) == nil
        case .person(let person, let until):
            if let known = state.people[person], known.issuedUntil >= until { return false }
            state.people[person] = (until, now)
            return true
        }
    }

    private static func prune(_ state: inout State, now: Instant) {
        let lifetime = Revocation.lifetime.components.seconds * 1000
        state.sessions = state.sessions.filter { now.milliseconds - $0.value.milliseconds <= lifetime }
        state.people = state.people.filter { now.milliseconds - $0.value.known.milliseconds <= lifetime }
    }
}
