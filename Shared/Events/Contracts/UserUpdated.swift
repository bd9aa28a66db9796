package import Domain

/// A profile, a tier or a setting changed: the whole of what others may know, as it is now.
package struct UserUpdated: Event, Codable, Equatable {
    package static let topic = Topic.users

    package var userID: UserID
    package var person: PersonSnapshot
    package var emailVerified: Bool
    /// 0-100.
    package var trustScore: Int
    package var timeZone: String
    package var locale: String
    /// Grows with every change: the document's `updatedAt` in milliseconds.
    package var version: Int64

    package var subject: UserID { userID }

    package init(
        userID: UserID, person: PersonSnapshot, emailVerified: Bool = false, trustScore: Int = 50,
        timeZone: String = "UTC", locale: String = "en", version: Int64
    ) {
        self.userID = userID
        self.person = person
        self.emailVerified = emailVerified
        self.trustScore = trustScore
        self.timeZone = timeZone
        self.locale = locale
        self.version = version
    }
}
