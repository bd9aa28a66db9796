package import Domain

/// Somebody proved that the address is theirs.
package struct EmailVerified: Event, Codable, Equatable {
    package static let topic = Topic.users

    package var userID: UserID
    package var referredBy: UserID?
    package var verifiedAt: Instant

    package var subject: UserID { userID }

    package init(userID: UserID, referredBy: UserID? = nil, verifiedAt: Instant) {
        self.userID = userID
        self.referredBy = referredBy
        self.verifiedAt = verifiedAt
    }
}
