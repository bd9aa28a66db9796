import BSON
import Domain
import Events
import JSON
import Records
import Runtime
import Security

/// Opens an account and its first session.
struct RegisterPerson: Sendable {
    /// What a newcomer says of themselves; its shape has been checked.
    struct Newcomer: Sendable {
        var username: String
        var email: String
        var password: String
        var displayName: String?
        var referralCode: String?
        var device: Device
        var timeZone: String?
        var locale: String?
        var attribution: BSONDocument?
    }

    let people: MongoPeople
    let sessions: SessionOpening
    let passwords: Passwords
    let audit: MongoSecurityAudit

    func callAsFunction(
        _ newcomer: Newcomer, from origin: Origin, now: Instant
    ) async throws -> (person: UserRecord, tokens: TokenPair) {
        let timeZone = newcomer.timeZone ?? "UTC"
        guard TimeZones.isKnown(timeZone) else { throw AuthError.unknownTimeZone }
        var referrer: UserID?
        if let code = newcomer.referralCode {
            referrer = try await people.owner(of: .referral(code))
            if referrer == nil { throw AuthError.unknownReferralCode }
        }
        // Hashing is dear: who cannot have the name is told before. The transaction decides all the same.
        for name in [NameClaim.username(newcomer.username), .email(newcomer.email)] {
            if try await people.owner(of: name) != nil { throw name.takenError }
        }
        let hash = try await passwords.hash(newcomer.password)
        var person = UserRecord(
            id: .new(), username: newcomer.username, displayName: newcomer.displayName ?? newcomer.username,
            referralCode: ReferralCode.random(), createdAt: now)
        person.email = newcomer.email
        person.passwordHash = hash
        person.referredBy = referrer
        person.timeZone = timeZone
        person.locale = newcomer.locale ?? "en"
        person.lastLoginAt = now
        let opening = try sessions.prepare(for: person, on: newcomer.device, from: origin, now: now)
        try await people.register(
            person, attribution: newcomer.attribution, session: opening.session.document(outbox: [opening.event]),
            events: [registered(person, on: newcomer.device)])
        await sessions.deliver(opening)
        await audit.note(.registered, of: person.id, from: origin, at: now)
        return (person, try await sessions.tokens(opening, for: person, now: now))
    }

    private func registered(_ person: UserRecord, on device: Device) -> OutgoingEvent {
        OutgoingEvent(
            UserRegistered(
                userID: person.id, person: person.eventSnapshot, email: person.email,
                referralCode: person.referralCode, referredBy: person.referredBy, deviceID: device.id,
                platform: device.platform, timeZone: person.timeZone, locale: person.locale,
                createdAt: person.createdAt),
            at: person.createdAt)
    }
}
