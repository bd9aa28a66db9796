import Domain

/// One leaderboard: a period, at a moment, of all posts or of one category.
struct Board: Hashable, Sendable {
    let period: LeaderboardPeriod
    /// `2026-11-21`, `2026-W47` or `all`.
    let key: String
    let category: Category?

    init(_ period: LeaderboardPeriod, at instant: Instant, category: Category? = nil) {
        self.period = period
        key = period.key(at: instant)
        self.category = category
    }

    /// - Parameter name: as `name` writes it; anything else gives nil.
    init?(name: String) {
        let parts = name.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard (2...3).contains(parts.count), let period = LeaderboardPeriod(rawValue: parts[0]) else { return nil }
        self.period = period
        key = parts[1]
        category = parts.count == 3 ? Category(rawValue: parts[2]) : nil
        if parts.count == 3, category == nil { return nil }
    }

    /// `daily:2026-11-21:art`; also the name of an author's share in the totals row.
    var name: String { category.map { "\(period.rawValue):\(key):\($0.rawValue)" } ?? "\(period.rawValue):\(key)" }

    /// Every board that a vote cast at that moment counts on, without those that are no longer kept.
    static func all(castAt: Instant, category: Category, now: Instant) -> [Board] {
        LeaderboardPeriod.allCases.flatMap { period in
            [Board(period, at: castAt), Board(period, at: castAt, category: category)]
        }.filter { $0.isKept(at: now) }
    }

    /// Boards of days and weeks that are long over are dropped. Keys of one period sort as their moments do.
    func isKept(at now: Instant) -> Bool {
        guard let retention = period.retention else { return true }
        return key >= period.key(at: now - retention)
    }
}
