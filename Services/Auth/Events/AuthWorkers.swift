import Domain
import Events
import Lifecycle
import RedisClient
import Runtime
import ServiceKit

/// What auth does in the background.
enum AuthWorkers {
    /// Keeps profiles up to date with what others publish, and carries out bans.
    static func projections(_ parts: AuthParts) -> any Service {
        let profiles = ProfileProjections(client: parts.context.mongo)
        let standing = StandingProjection(
            profiles: profiles, sessions: parts.sessions, revocation: parts.revocation)
        return EventConsumer(group: "auth.projections", redis: parts.context.redis, options: .totals)
            .on(FollowTotalsChanged.self) { try await profiles.follows($0.payload) }
            .on(AuthorVoteTotalsChanged.self, together: \.authorID) { events in
                try await profiles.votes(events.map(\.payload))
            }
            .on(GemsEarned.self) { event in
                let entry = event.payload
                try await profiles.balance(of: entry.userID, entry.balance, seq: entry.seq)
            }
            .on(GemsSpent.self) { event in
                let entry = event.payload
                try await profiles.balance(of: entry.userID, entry.balance, seq: entry.seq)
            }
            .on(StreakExtended.self) { try await profiles.streak($0.payload) }
            .on(PostCreated.self) { try await profiles.recountPosts(of: $0.payload.subject, at: .now()) }
            .on(PostRemoved.self) { try await profiles.recountPosts(of: $0.payload.subject, at: .now()) }
            .on(UserBanned.self) { try await standing.banned($0.payload) }
            .on(UserShadowBanned.self) { try await standing.shadowBanned($0.payload) }
            .on(UserUnbanned.self) { try await standing.unbanned($0.payload) }
            .on(SessionRevoked.self) { try await standing.ended($0.payload) }
    }

    /// Publishes what an interrupted process left in its documents.
    static func outbox(_ parts: AuthParts) -> any Service {
        let relays = [parts.people.outbox.relay, parts.sessions.outbox.relay, parts.auditOutbox.relay]
        return ServiceBody {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for relay in relays { group.addTask { try await relay.run() } }
                try await group.waitForAll()
            }
        }
    }

    /// Replaces signing keys in time, and fills the stream of revocations again where Redis has lost it.
    static func keys(_ parts: AuthParts) -> any Service {
        ServiceBody {
            let signal = ShutdownSignal.current ?? ShutdownSignal()
            let loop = EventLoop.current ?? parts.context.loops.next()
            var rotatesIn = 0
            while !signal.isRaised {
                if rotatesIn == 0 { try await parts.keys.rotate(now: .now()) }
                rotatesIn = (rotatesIn + 1) % 60
                try await RevocationRepair(redis: parts.context.redis, sessions: parts.sessions).run(now: .now())
                // Cut short by the signal, which the loop looks for.
                try? await signal.cancelling { try await loop.sleep(for: .seconds(1)) }
            }
        }
    }
}

/// Puts the revocations of the last quarter of an hour back after Redis was emptied.
struct RevocationRepair: Sendable {
    let redis: RedisClient
    let sessions: MongoSessions

    /// The epoch says that the stream is whole; it is written last, so that an interrupted repair starts again.
    func run(now: Instant) async throws {
        guard try await redis.send(["EXISTS", .key(.revocationsEpoch)]).integer == 0 else { return }
        let ended = try await sessions.revoked(since: now - Revocation.lifetime)
        for session in ended { _ = try await redis.send(Revocation.session(session).command(now: now)) }
        _ = try await redis.send(["SET", .key(.revocationsEpoch), RedisArgument(now.milliseconds)])
    }
}
