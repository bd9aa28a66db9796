import Domain
package import JSON

/// A person as everybody may see them: `user` of the API without what only they themselves see.
package struct PublicUser: JSONWritable, Sendable {
    package let user: UserRecord

    package init(_ user: UserRecord) {
        self.user = user
    }

    package func write(to writer: inout JSONWriter) {
        writer.object { writeFields(to: &$0) }
    }

    /// The fields alone, for who adds more.
    package func writeFields(to writer: inout JSONWriter) {
        writer.field("id", user.id.hex)
        writer.field("username", user.username)
        writer.field("displayName", user.displayName)
        writer.field("avatarUrl", user.avatarUrl)
        writer.field("bio", user.bio)
        writer.field("profileTheme", user.profileTheme)
        writer.field("tier", user.tier.rawValue)
        writer.field("followersCount", user.followersCount)
        writer.field("followingCount", user.followingCount)
        writer.field("postsCount", user.postsCount)
        writer.field("votesReceived", user.votesReceived)
        writer.field("createdAt", user.createdAt.iso8601)
    }

    package static let fields: [ObjectSchema.Field] = [
        .required("id", .objectID), .required("username", .string), .required("displayName", .string),
        .required("avatarUrl", .nullable(.string)), .required("bio", .string),
        .required("profileTheme", .nullable(.string)), .required("tier", .enumeration(Tier.allCases.map(\.rawValue))),
        .required("followersCount", .integer), .required("followingCount", .integer), .required("postsCount", .integer),
        .required("votesReceived", .integer), .required("createdAt", .dateTime),
    ]

    package static let schema = Schema.named("PublicUser", .object(ObjectSchema(fields)))
}
