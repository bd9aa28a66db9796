package import MongoClient
import Domain

extension UserRecord {
    package static let collection = CollectionDeclaration(
        "users",
        Fields(
            required: [
                "_id": .objectID, "username": .string(3...30), "emailVerified": .bool, "displayName": .string(1...50),
                "bio": .string(0...160), "tier": .oneOf(Tier.self), "roles": .array(.oneOf(Role.self)),
                "gemBalance": .int64,
                "followersCount": .count, "followingCount": .count, "postsCount": .count, "votesReceived": .count,
                "currentStreak": .count, "longestStreak": .count, "referralCode": .string(8...8),
                "trustScore": .integer(0...100), "shadowBanned": .bool, "timeZone": .string(1...64),
                "locale": .string(2...35), "createdAt": .date, "updatedAt": .date,
            ],
            optional: [
                "email": .string(3...254), "passwordHash": .string, "avatarUrl": .string(0...2048),
                "profileTheme": .string(0...64), "tierExpiresAt": .date, "lastActiveDate": .string(10...10),
                "lastStreakAwardAt": .date, "referredBy": .objectID, "bannedAt": .date, "banReason": .string(0...500),
                "timeZoneChangedAt": .date, "lastLoginAt": .date, "deletedAt": .date, "attribution": .object,
                // Versions of the projected totals, by name: only a newer one is applied.
                "versions": .object, "voteTotals": .object, "outbox": .outbox,
            ]),
        indexes: [
            // User names, addresses and referral codes are unique through `claims`, which can be sharded.
            IndexDeclaration(["username": 1]),
            IndexDeclaration(["email": 1], sparse: true),
            IndexDeclaration(["referralCode": 1]),
            IndexDeclaration(["referredBy": 1], sparse: true),
            IndexDeclaration(["tier": 1, "gemBalance": -1]),
            IndexDeclaration(["createdAt": -1]),
            IndexDeclaration(["shadowBanned": 1]),
            IndexDeclaration(["lastActiveDate": 1]),
            IndexDeclaration(["outbox.id": 1], sparse: true),
        ])
}
