/// What a person pays for; decides caps and quotas.
package enum Tier: String, CaseIterable, Codable, Sendable {
    case free, pro, premium
}

package enum Platform: String, CaseIterable, Codable, Sendable {
    case ios, android, web
}

/// What a person may do beyond their own things.
package enum Role: String, CaseIterable, Codable, Sendable {
    case moderator, admin
}

/// Who sees a post.
package enum Visibility: String, CaseIterable, Codable, Sendable {
    case `public`, followers, `private`
}

package enum ModerationStatus: String, CaseIterable, Codable, Sendable {
    case pending, approved, rejected, flagged
}

package enum GenerationStatus: String, CaseIterable, Codable, Sendable {
    case queued, processing, completed, failed, cancelled

    /// No later status follows one of these.
    package var isTerminal: Bool { self == .completed || self == .failed || self == .cancelled }
}

/// What a picture is about, for feeds and leaderboards by category.
package enum Category: String, CaseIterable, Codable, Sendable {
    case art, landscape, portrait, animals, architecture, fantasy, scifi, abstract, food, meme, other
}
