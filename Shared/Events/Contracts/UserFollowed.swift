package import Domain

/// Somebody follows somebody.
package struct UserFollowed: Event, Codable, Equatable {
    package static let topic = Topic.social

    package var followerID: UserID
    package var followedID: UserID
    package var follower: PersonSnapshot
    package var at: Instant

    package var subject: UserID { followedID }

    package init(followerID: UserID, followedID: UserID, follower: PersonSnapshot, at: Instant) {
        self.followerID = followerID
        self.followedID = followedID
        self.follower = follower
        self.at = at
    }
}
