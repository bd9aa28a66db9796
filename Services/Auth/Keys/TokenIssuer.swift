import Domain
import JSON
import Records
import Runtime
import Security

/// What a client gets to show and to come back with.
struct TokenPair: Sendable, JSONWritable {
    let accessToken: String
    let accessTokenExpiresAt: Instant
    let refreshToken: String
    let refreshTokenExpiresAt: Instant

    func write(to writer: inout JSONWriter) {
        writer.object {
            $0.field("accessToken", accessToken)
            $0.field("accessTokenExpiresAt", accessTokenExpiresAt.iso8601)
            $0.field("refreshToken", refreshToken)
            $0.field("refreshTokenExpiresAt", refreshTokenExpiresAt.iso8601)
        }
    }
}

/// Makes access tokens for sessions.
struct TokenIssuer: Sendable {
    let keys: SigningKeys
    let life: Duration
    /// Where signatures are made, so that no loop waits for one.
    let pool: BlockingPool

    func tokens(
        for person: UserRecord, session: SessionRecord, refreshToken: RefreshToken, now: Instant
    ) async throws -> TokenPair {
        let signer = try await keys.signer(now: now)
        let expiresAt = now + life
        let claims = AccessClaims(
            user: person.id, session: session.id, device: session.device.id, tier: person.effectiveTier(at: now),
            roles: person.roles, accountCreatedAt: person.createdAt, issuedAt: now, expiresAt: expiresAt)
        let token = try await pool.run { try signer.sign(claims) }
        return TokenPair(
            accessToken: token,
            // A token's own times are whole seconds; what is promised must not be later than that.
            accessTokenExpiresAt: Instant(milliseconds: expiresAt.milliseconds / 1000 * 1000),
            refreshToken: refreshToken.text, refreshTokenExpiresAt: session.state.expiresAt)
    }
}

extension UserRecord {
    /// A tier that has run out is the free one, whether or not somebody has written that down yet.
    func effectiveTier(at now: Instant) -> Tier {
        guard let tierExpiresAt, tierExpiresAt <= now else { return tier }
        return .free
    }
}
