package import Domain

/// Somebody opened an account.
package struct UserRegistered: Event, Codable, Equatable {
    package static let topic = Topic.users

    package var userID: UserID
    package var person: PersonSnapshot
    package var email: String?
    /// The newcomer's own code.
    package var referralCode: String
    /// Whose code the newcomer gave.
    package var referredBy: UserID?
    package var deviceID: String?
    package var platform: Platform?
    package var timeZone: String
    package var locale: String
    package var createdAt: Instant

    package var subject: UserID { userID }

    package init(
        userID: UserID, person: PersonSnapshot, email: String? = nil, referralCode: String, referredBy: UserID? = nil,
        deviceID: String? = nil, platform: Platform? = nil, timeZone: String = "UTC", locale: String = "en",
        createdAt: Instant
    ) {
        self.userID = userID
        self.person = person
        self.email = email
        self.referralCode = referralCode
        self.referredBy = referredBy
        self.deviceID = deviceID
        self.platform = platform
        self.timeZone = timeZone
        self.locale = locale
        self.createdAt = createdAt
    }
}
