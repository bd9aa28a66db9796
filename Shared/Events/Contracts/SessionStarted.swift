package import Domain

/// Somebody logged in, or registered, on a device.
package struct SessionStarted: Event, Codable, Equatable {
    package static let topic = Topic.users

    package var userID: UserID
    package var sessionID: SessionID
    package var deviceID: String
    package var platform: Platform
    package var timeZone: String
    package var accountCreatedAt: Instant
    package var startedAt: Instant

    package var subject: UserID { userID }

    package init(
        userID: UserID, sessionID: SessionID, deviceID: String, platform: Platform, timeZone: String = "UTC",
        accountCreatedAt: Instant, startedAt: Instant
    ) {
        self.userID = userID
        self.sessionID = sessionID
        self.deviceID = deviceID
        self.platform = platform
        self.timeZone = timeZone
        self.accountCreatedAt = accountCreatedAt
        self.startedAt = startedAt
    }
}
