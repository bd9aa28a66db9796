package import Domain

/// A ban or a shadow ban was lifted; the votes count again.
package struct UserUnbanned: Event, Codable, Equatable {
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
