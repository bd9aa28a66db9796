package import Domain

/// Somebody goes on as before, and nothing they do counts; their votes are taken back.
package struct UserShadowBanned: Event, Codable, Equatable {
    package static let topic = Topic.users

    package var userID: UserID
    package var reason: String
    package var actor: String
    /// Orders decisions about one person; the newest holds.
    package var version: Int64
    package var at: Instant

    package var subject: UserID { userID }

    package init(userID: UserID, reason: String, actor: String, version: Int64, at: Instant) {
        self.userID = userID
        self.reason = reason
        self.actor = actor
        self.version = version
        self.at = at
    }
}
