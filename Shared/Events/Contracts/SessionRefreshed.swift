package import Domain

/// A session got new tokens: its owner is active. What daily logins and streaks go by, with `SessionStarted`.
package struct SessionRefreshed: Event, Codable, Equatable {
    package static let topic = Topic.users

    package var userID: UserID
    package var sessionID: SessionID
    package var deviceID: String
    package var timeZone: String
    package var refreshedAt: Instant

    package var subject: UserID { userID }

    package init(userID: UserID, sessionID: SessionID, deviceID: String, timeZone: String = "UTC", refreshedAt: Instant)
    {
        self.userID = userID
        self.sessionID = sessionID
        self.deviceID = deviceID
        self.timeZone = timeZone
        self.refreshedAt = refreshedAt
    }
}
