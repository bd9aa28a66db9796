package import Domain

/// Somebody follows somebody no longer.
package struct UserUnfollowed: Event, Codable, Equatable {
    package static let topic = Topic.social

    package var followerID: UserID
    package var followedID: UserID
    package var at: Instant

    package var subject: UserID { followedID }

    package init(followerID: UserID, followedID: UserID, at: Instant) {
        self.followerID = followerID
        self.followedID = followedID
        self.at = at
    }
}
