import BSON
import Domain
import Events
import MongoClient
import Records
import ServiceKit

/// Carries out what moderators and operators decide about people: whoever is banned is out at once, everywhere.
struct StandingProjection: Sendable {
    let profiles: ProfileProjections
    let sessions: MongoSessions
    let revocation: SessionRevocation

    func banned(_ event: UserBanned) async throws {
        try await profiles.set(
            ["bannedAt": .instant(event.at), "banReason": .string(String(event.reason.prefix(500)))],
            of: event.userID, as: "ban", version: event.version)
        try await endSessions(of: event.userID, at: event.at)
    }

    func shadowBanned(_ event: UserShadowBanned) async throws(MongoError) {
        try await profiles.set(["shadowBanned": true], of: event.userID, as: "shadow", version: event.version)
    }

    func unbanned(_ event: UserUnbanned) async throws(MongoError) {
        try await profiles.set(["shadowBanned": false], of: event.userID, as: "shadow", version: event.version)
        try await profiles.set(
            [:], unset: ["bannedAt", "banReason"], of: event.userID, as: "ban", version: event.version)
    }

    /// Every process refuses the person's tokens from now on, and their sessions can't be refreshed any more.
    private func endSessions(of person: UserID, at instant: Instant) async throws {
        try await revocation.tell(.person(person, issuedUntil: instant), now: .now())
        while true {
            let active = try await sessions.active(of: person, now: .now(), limit: 100)
            if active.isEmpty { return }
            for session in active {
                try await revocation.end(session.id, of: person, because: .ban, now: .now())
            }
        }
    }

    /// An ended session whose news may have got lost between the database and Redis.
    func ended(_ event: SessionRevoked) async throws {
        let now = Instant.now()
        guard now - event.revokedAt < Revocation.lifetime else { return }
        try await revocation.tell(.session(event.sessionID), now: now)
    }
}
