package import Domain

/// Feature flags changed: read them again.
package struct FlagsChanged: Event, Codable, Equatable {
    package static let topic = Topic.analytics

    /// Who changed them.
    package var actorID: UserID
    package var names: [String]
    package var version: Int64
    package var at: Instant

    package var subject: UserID { actorID }

    package init(actorID: UserID, names: [String], version: Int64, at: Instant) {
        self.actorID = actorID
        self.names = names
        self.version = version
        self.at = at
    }
}
