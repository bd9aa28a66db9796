/// The three boards; daily ones go by UTC day, weekly ones by ISO week.
package enum LeaderboardPeriod: String, CaseIterable, Sendable {
    case daily, weekly, alltime

    /// What names the board that a moment belongs to: `2026-11-21`, `2026-W47` or `all`.
    package func key(at instant: Instant) -> String {
        switch self {
        case .daily: instant.utcDay
        case .weekly: instant.isoWeek
        case .alltime: "all"
        }
    }

    /// How long a board is kept after its last change; nil for ever.
    package var retention: Duration? {
        switch self {
        case .daily: .days(3)
        case .weekly: .days(21)
        case .alltime: nil
        }
    }
}
