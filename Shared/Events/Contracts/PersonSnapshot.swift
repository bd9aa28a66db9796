package import Domain

/// What others show of a person, as it was when the event was written.
package struct PersonSnapshot: Codable, Equatable, Sendable {
    package var username: String
    package var displayName: String
    package var avatarUrl: String?
    package var tier: Tier

    package init(username: String, displayName: String, avatarUrl: String? = nil, tier: Tier) {
        self.username = username
        self.displayName = displayName
        self.avatarUrl = avatarUrl
        self.tier = tier
    }
}
