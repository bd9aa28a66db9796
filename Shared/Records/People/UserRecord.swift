package import Domain

/// One document of `users`; written by auth alone. Counters, balance and streak in it are projections of what others own.
package struct UserRecord: Record, Equatable {
    package var id: UserID
    package var username: String
    package var email: String?
    package var emailVerified = false
    /// PHC string of argon2id, or a bcrypt hash of an older account.
    package var passwordHash: String?
    package var displayName: String
    package var avatarUrl: String?
    package var bio = ""
    package var profileTheme: String?
    package var tier = Tier.free
    package var tierExpiresAt: Instant?
    package var roles: [Role] = []
    package var gemBalance: Gems = 0
    package var followersCount: Int64 = 0
    package var followingCount: Int64 = 0
    package var postsCount: Int64 = 0
    package var votesReceived: Int64 = 0
    package var streak = Streak()
    package var referralCode: String
    package var referredBy: UserID?
    package var trustScore = 50
    package var shadowBanned = false
    package var bannedAt: Instant?
    package var banReason: String?
    package var timeZone = "UTC"
    package var timeZoneChangedAt: Instant?
    package var locale = "en"
    package var createdAt: Instant
    package var updatedAt: Instant
    package var lastLoginAt: Instant?
    package var deletedAt: Instant?

    package init(id: UserID, username: String, displayName: String, referralCode: String, createdAt: Instant) {
        self.id = id
        self.username = username
        self.displayName = displayName
        self.referralCode = referralCode
        self.createdAt = createdAt
        updatedAt = createdAt
    }

    package var isBanned: Bool { bannedAt != nil }
    package var isDeleted: Bool { deletedAt != nil }

    /// What posts copy of their author.
    package var snapshot: AuthorSnapshot {
        AuthorSnapshot(username: username, displayName: displayName, avatarUrl: avatarUrl, tier: tier)
    }
}
