package import BSON
import Domain

extension UserRecord {
    package init(_ document: BSONDocument) throws(BSONError) {
        self.init(
            id: try document.requireID("_id"), username: try document.requireString("username"),
            displayName: try document.requireString("displayName"),
            referralCode: try document.requireString("referralCode"),
            createdAt: try document.requireInstant("createdAt"))
        email = document.string("email")
        emailVerified = try document.requireBool("emailVerified")
        passwordHash = document.string("passwordHash")
        avatarUrl = document.string("avatarUrl")
        bio = try document.requireString("bio")
        profileTheme = document.string("profileTheme")
        tier = try document.requireCase("tier")
        tierExpiresAt = document.instant("tierExpiresAt")
        roles = (document.strings("roles") ?? []).compactMap(Role.init)
        gemBalance = try document.requireGems("gemBalance")
        followersCount = try document.requireInt64("followersCount")
        followingCount = try document.requireInt64("followingCount")
        postsCount = try document.requireInt64("postsCount")
        votesReceived = try document.requireInt64("votesReceived")
        streak = Streak(
            current: try document.requireInt("currentStreak"), longest: try document.requireInt("longestStreak"),
            lastDay: document.string("lastActiveDate"), lastAwardAt: document.instant("lastStreakAwardAt"))
        referredBy = document.id("referredBy")
        trustScore = try document.requireInt("trustScore")
        shadowBanned = try document.requireBool("shadowBanned")
        bannedAt = document.instant("bannedAt")
        banReason = document.string("banReason")
        timeZone = try document.requireString("timeZone")
        timeZoneChangedAt = document.instant("timeZoneChangedAt")
        locale = try document.requireString("locale")
        updatedAt = try document.requireInstant("updatedAt")
        lastLoginAt = document.instant("lastLoginAt")
        deletedAt = document.instant("deletedAt")
    }

    package var document: BSONDocument {
        var result: BSONDocument = ["_id": .id(id), "username": .string(username)]
        result.append("email", ifPresent: email.map { .string($0) })
        result.append("emailVerified", .bool(emailVerified))
        result.append("passwordHash", ifPresent: passwordHash.map { .string($0) })
        appendProfile(to: &result)
        appendProjections(to: &result)
        result.append("referralCode", .string(referralCode))
        result.append("referredBy", ifPresent: referredBy.map { .id($0) })
        result.append("trustScore", .int32(Int32(trustScore)))
        result.append("shadowBanned", .bool(shadowBanned))
        result.append("bannedAt", ifPresent: bannedAt.map { .instant($0) })
        result.append("banReason", ifPresent: banReason.map { .string($0) })
        result.append("timeZone", .string(timeZone))
        result.append("timeZoneChangedAt", ifPresent: timeZoneChangedAt.map { .instant($0) })
        result.append("locale", .string(locale))
        result.append("createdAt", .instant(createdAt))
        result.append("updatedAt", .instant(updatedAt))
        result.append("lastLoginAt", ifPresent: lastLoginAt.map { .instant($0) })
        result.append("deletedAt", ifPresent: deletedAt.map { .instant($0) })
        return result
    }

    private func appendProfile(to result: inout BSONDocument) {
        result.append("displayName", .string(displayName))
        result.append("avatarUrl", ifPresent: avatarUrl.map { .string($0) })
        result.append("bio", .string(bio))
        result.append("profileTheme", ifPresent: profileTheme.map { .string($0) })
        result.append("tier", .string(tier.rawValue))
        result.append("tierExpiresAt", ifPresent: tierExpiresAt.map { .instant($0) })
        result.append("roles", .strings(roles.map(\.rawValue)))
    }

    private func appendProjections(to result: inout BSONDocument) {
        result.append("gemBalance", .gems(gemBalance))
        result.append("followersCount", .int64(followersCount))
        result.append("followingCount", .int64(followingCount))
        result.append("postsCount", .int64(postsCount))
        result.append("votesReceived", .int64(votesReceived))
        result.append("currentStreak", .int32(Int32(streak.current)))
        result.append("longestStreak", .int32(Int32(streak.longest)))
        result.append("lastActiveDate", ifPresent: streak.lastDay.map { .string($0) })
        result.append("lastStreakAwardAt", ifPresent: streak.lastAwardAt.map { .date($0) })
    }
}
