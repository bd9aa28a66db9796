package import Domain

/// All votes of a voter were taken back, or given back; the totals have said so already.
package struct VotesReversed: Event, Codable, Equatable {
    package static let topic = Topic.voteResults

    package var voterID: UserID
    /// True when the votes count again.
    package var isRestored: Bool
    /// How many pairs changed.
    package var votes: Int64
    package var at: Instant

    package var subject: UserID { voterID }

    package init(voterID: UserID, isRestored: Bool, votes: Int64, at: Instant) {
        self.voterID = voterID
        self.isRestored = isRestored
        self.votes = votes
        self.at = at
    }
}
