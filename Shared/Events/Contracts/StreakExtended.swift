package import Domain

/// Somebody came back on another day.
package struct StreakExtended: Event, Codable, Equatable {
    package static let topic = Topic.gems

    package var userID: UserID
    package var current: Int
    package var longest: Int
    /// The person's local day, `2026-11-21`.
    package var day: String
    package var awarded: Gems
    package var at: Instant

    package var subject: UserID { userID }

    package init(userID: UserID, current: Int, longest: Int, day: String, awarded: Gems = 0, at: Instant) {
        self.userID = userID
        self.current = current
        self.longest = longest
        self.day = day
        self.awarded = awarded
        self.at = at
    }
}
