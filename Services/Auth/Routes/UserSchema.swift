import Domain
import JSON
import Records

/// A person as others see them, and as they see themselves.
struct UserView: JSONWritable, Sendable {
    let person: UserRecord
    let isOwn: Bool
    let now: Instant

    func write(to writer: inout JSONWriter) {
        writer.object {
            $0.field("id", person.id.hex)
            $0.field("username", person.username)
            $0.field("displayName", person.displayName)
            $0.field("avatarUrl", person.avatarUrl)
            $0.field("bio", person.bio)
            $0.field("profileTheme", person.profileTheme)
            $0.field("tier", person.effectiveTier(at: now).rawValue)
            $0.field("followersCount", person.followersCount)
            $0.field("followingCount", person.followingCount)
            $0.field("postsCount", person.postsCount)
            $0.field("votesReceived", person.votesReceived)
            $0.field("createdAt", person.createdAt.iso8601)
            if isOwn { writeOwn(to: &$0) }
        }
    }

    private func writeOwn(to writer: inout JSONWriter) {
        writer.field("email", person.email)
        writer.field("emailVerified", person.emailVerified)
        writer.field("gemBalance", person.gemBalance.count)
        writer.field("referralCode", person.referralCode)
        writer.field("currentStreak", currentStreak)
        writer.field("longestStreak", person.streak.longest)
        writer.field("tierExpiresAt", person.tierExpiresAt?.iso8601)
        writer.field("timeZone", person.timeZone)
        writer.field("locale", person.locale)
    }

    /// A streak ends when a whole day was missed. Where on earth the person's day is does not matter by more than one.
    private var currentStreak: Int {
        guard let last = person.streak.lastDay.flatMap(CivilDate.init) else { return 0 }
        return now.utcDate.daysSinceEpoch - last.daysSinceEpoch <= 2 ? person.streak.current : 0
    }

    static let publicFields: [ObjectSchema.Field] = [
        .required("id", .objectID), .required("username", .string), .required("displayName", .string),
        .required("avatarUrl", .nullable(.string)), .required("bio", .string),
        .required("profileTheme", .nullable(.string)), .required("tier", .enumeration(Tier.allCases.map(\.rawValue))),
        .required("followersCount", .integer), .required("followingCount", .integer),
        .required("postsCount", .integer), .required("votesReceived", .integer), .required("createdAt", .dateTime),
    ]
    static let publicSchema = Schema.named("User", .object(ObjectSchema(publicFields)))
    static let ownSchema = Schema.named(
        "OwnUser",
        .object(
            ObjectSchema(
                publicFields + [
                    .required("email", .nullable(.string)), .required("emailVerified", .boolean),
                    .required("gemBalance", .integer), .required("referralCode", .string),
                    .required("currentStreak", .integer), .required("longestStreak", .integer),
                    .required("tierExpiresAt", .nullable(.dateTime)), .required("timeZone", .string),
                    .required("locale", .string),
                ])))
}
