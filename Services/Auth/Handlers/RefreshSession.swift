import Domain
import Events
import Records
import Security

/// Gives a session new tokens for its refresh token.
struct RefreshSession: Sendable {
    let people: MongoPeople
    let store: MongoSessions
    let issuer: TokenIssuer
    let revocation: SessionRevocation
    let audit: MongoSecurityAudit
    let refreshSecret: [UInt8]
    let box: SealedBox
    let life: Duration

    /// - Throws: `.sessionEnded`, `.refreshTokenReused` (the session is over from then on), `.suspended`.
    func callAsFunction(_ text: String, now: Instant) async throws -> TokenPair {
        guard let token = RefreshToken(text, secret: refreshSecret) else { throw AuthError.sessionEnded }
        // Losing a race against the same token ends in the next round as a repetition.
        for _ in 0..<8 {
            guard let session = try await store.byID(token.session) else { throw AuthError.sessionEnded }
            switch RefreshDecision(session.state, digest: token.digest, now: now) {
            case .ended:
                throw AuthError.sessionEnded
            case .reused:
                try await revocation.end(session.id, of: session.userID, because: .reuse, now: now)
                if !session.state.isRevoked {
                    let origin = Origin(addressDigest: session.ipHash, deviceID: session.device.id)
                    await audit.note(.refreshReused, of: session.userID, from: origin, at: now)
                }
                throw AuthError.refreshTokenReused
            case .repeatSuccessor:
                let person = try await owner(of: session)
                return try await issuer.tokens(
                    for: person, session: session, refreshToken: try successor(of: session), now: now)
            case .rotate:
                if let tokens = try await rotate(session, now: now) { return tokens }
            }
        }
        throw AuthError.notReady("the session is being refreshed by others")
    }

    /// - Returns: nil when another request was first.
    private func rotate(_ session: SessionRecord, now: Instant) async throws -> TokenPair? {
        let person = try await owner(of: session)
        let next = RefreshToken.issue(for: session.id, secret: refreshSecret)
        var renewed = session
        renewed.state.expiresAt = now + life
        let event = OutgoingEvent(
            SessionRefreshed(
                userID: person.id, sessionID: session.id, deviceID: session.device.id, timeZone: person.timeZone,
                refreshedAt: now),
            at: now)
        let tokens = try await issuer.tokens(for: person, session: renewed, refreshToken: next, now: now)
        let sealed = try box.seal(Array(next.text.utf8), context: session.id.hex)
        let isFirst = try await store.rotate(
            session, to: next.digest, sealed: sealed, expiresAt: renewed.state.expiresAt, now: now, event: event)
        return isFirst ? tokens : nil
    }

    private func successor(of session: SessionRecord) throws -> RefreshToken {
        guard let sealed = session.sealedSuccessor else { throw AuthError.sessionEnded }
        let text = String(decoding: try box.open(sealed, context: session.id.hex), as: UTF8.self)
        guard let token = RefreshToken(text, secret: refreshSecret) else { throw AuthError.sessionEnded }
        return token
    }

    private func owner(of session: SessionRecord) async throws -> UserRecord {
        guard let person = try await people.byID(session.userID), !person.isDeleted else {
            throw AuthError.sessionEnded
        }
        if person.isBanned { throw AuthError.suspended }
        return person
    }
}
