package import Domain

/// Who makes a request, as the verified access token says.
package struct Caller: Sendable, Equatable {
    package let userID: UserID
    package let sessionID: SessionID
    package let deviceID: String
    package let tier: Tier
    package let roles: Set<Role>
    package let accountCreatedAt: Instant
    package let tokenExpiresAt: Instant

    package init(
        userID: UserID, sessionID: SessionID, deviceID: String, tier: Tier, roles: Set<Role>,
        accountCreatedAt: Instant, tokenExpiresAt: Instant
    ) {
        self.userID = userID
        self.sessionID = sessionID
        self.deviceID = deviceID
        self.tier = tier
        self.roles = roles
        self.accountCreatedAt = accountCreatedAt
        self.tokenExpiresAt = tokenExpiresAt
    }
}
