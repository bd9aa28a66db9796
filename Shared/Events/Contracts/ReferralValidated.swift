package import Domain

/// A newcomer counts as brought by somebody: address proven, days of play, a device of their own.
package struct ReferralValidated: Event, Codable, Equatable {
    package static let topic = Topic.social

    package var referrerID: UserID
    package var newcomerID: UserID
    /// From then on both earn more for votes, for a while.
    package var validatedAt: Instant

    package var subject: UserID { referrerID }

    package init(referrerID: UserID, newcomerID: UserID, validatedAt: Instant) {
        self.referrerID = referrerID
        self.newcomerID = newcomerID
        self.validatedAt = validatedAt
    }
}
