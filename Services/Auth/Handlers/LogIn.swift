import Domain
import Records
import Security

/// Opens a session for somebody who knows the password.
struct LogIn: Sendable {
    let people: MongoPeople
    let sessions: SessionOpening
    let passwords: Passwords
    let failures: LoginFailures
    let audit: MongoSecurityAudit

    /// - Parameter login: a user name or an address.
    func callAsFunction(
        login: String, password: String, device: Device, from origin: Origin, now: Instant
    ) async throws -> (person: UserRecord, tokens: TokenPair) {
        try await failures.check(login)
        let claim: NameClaim = login.utf8.contains(UInt8(ascii: "@")) ? .email(login) : .username(login)
        let person = try await people.byClaim(claim)
        let known = person?.isDeleted == true ? nil : person
        let verdict = try await passwords.verify(password, against: known?.passwordHash)
        guard verdict.isRight, let person = known else {
            await failures.note(login)
            throw AuthError.invalidCredentials
        }
        // Only who knows the password learns that the account is suspended.
        if person.isBanned { throw AuthError.suspended }
        let opening = try await sessions.open(for: person, on: device, from: origin, now: now)
        try await people.noteLogin(person.id, at: now, newHash: verdict.newHash)
        await audit.note(.loggedIn, of: person.id, from: origin, at: now)
        return (person, try await sessions.tokens(opening, for: person, now: now))
    }
}
