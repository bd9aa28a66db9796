package import Domain

/// A session ended: its tokens are worth nothing any more.
package struct SessionRevoked: Event, Codable, Equatable {
    package static let topic = Topic.users

    package var userID: UserID
    package var sessionID: SessionID
    /// `logout`, `reuse`, `ban`, `password`…
    package var reason: String
    package var revokedAt: Instant

    package var subject: UserID { userID }

    package init(userID: UserID, sessionID: SessionID, reason: String, revokedAt: Instant) {
        self.userID = userID
        self.sessionID = sessionID
        self.reason = reason
        self.revokedAt = revokedAt
    }
}
