package import Domain

/// How many follow a person, and how many they follow.
package struct FollowTotalsChanged: Event, Codable, Equatable {
    package static let topic = Topic.social

    package var userID: UserID
    package var followers: Int64
    package var following: Int64
    package var version: Int64
    package var at: Instant

    package var subject: UserID { userID }

    package init(userID: UserID, followers: Int64, following: Int64, version: Int64, at: Instant) {
        self.userID = userID
        self.followers = followers
        self.following = following
        self.version = version
        self.at = at
    }
}
