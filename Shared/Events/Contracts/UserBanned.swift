package import Domain

/// Somebody may not come in any more; their votes are taken back.
package struct UserBanned: Event, Codable, Equatable {
    package static let topic = Topic.users

    package var userID: UserID
    package var reason: String
    /// Who decided: a person's id or `circlectl`.
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
