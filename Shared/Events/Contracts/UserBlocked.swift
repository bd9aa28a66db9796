package import Domain

/// Neither of the two sees the other or votes for them.
package struct UserBlocked: Event, Codable, Equatable {
    package static let topic = Topic.social

    package var blockerID: UserID
    package var blockedID: UserID
    /// Orders what one person decides about another.
    package var version: Int64
    package var at: Instant

    package var subject: UserID { blockerID }

    package init(blockerID: UserID, blockedID: UserID, version: Int64, at: Instant) {
        self.blockerID = blockerID
        self.blockedID = blockedID
        self.version = version
        self.at = at
    }
}
