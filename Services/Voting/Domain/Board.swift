import Domain

/// One leaderboard: a period, at a moment, of all posts or of one category.
struct Board: Hashable, Sendable {
    let period: LeaderboardPeriod
    /// `2026-11-21`, `2026-W47` or `all`.
    let key: String
    let category: Category?
    /// `daily:2026-11-21:art`; also the name of an author's share in the totals row.
    let name: String

    init(_ period: LeaderboardPeriod, at instant: Instant, category: Category? = nil) {
        self.period = period
        key = period.key(at: instant)
        self.category = category
        name = Self.name(period, key, category)
    }

    private static func name(_ period: LeaderboardPeriod, _ key: String, _ category: Category?) -> String {
        category.map { "\(period.rawValue):\(key):\($0.rawValue)" } ?? "\(period.rawValue):\(key)"
    }

    /// - Parameter name: as `name` writes it; anything else gives nil.
    init?(name: String) {
        let parts = name.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard (2...3).contains(parts.count), let period = LeaderboardPeriod(rawValue: parts[0]) else { return nil }
        self.period = period
        key = parts[1]
        category = parts.count == 3 ? Category(rawValue: parts[2]) : nil
        if parts.count == 3, category == nil { return nil }
        self.name = name
    }

    /// The name tells everything.
    static func == (one: Board, other: Board) -> Bool { one.name == other.name }

    func hash(into hasher: inout Hasher) { hasher.combine(name) }

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

/// The boards that votes count on, by the day and category of a vote: named once, since naming them costs more than
/// counting a vote.
struct BoardDirectory: Sendable {
    /// What decides on which boards a vote counts: days and weeks begin and end with days.
    struct Page: Hashable, Sendable {
        fileprivate let day: Int64
        fileprivate let category: Category

        init(castAt: Instant, category: Category) {
            let (day, rest) = castAt.milliseconds.quotientAndRemainder(dividingBy: Instant.millisecondsPerDay)
            self.day = rest < 0 ? day - 1 : day
            self.category = category
        }
    }

    private let now: Instant
    private var pages: [Page: [Board]] = [:]
    private var kept: [String: Bool] = [:]

    init(now: Instant) { self.now = now }

    /// Whether there is a board of that name, and it is still kept.
    mutating func keeps(_ name: String) -> Bool {
        if let known = kept[name] { return known }
        let keeps = Board(name: name)?.isKept(at: now) == true
        kept[name] = keeps
        return keeps
    }

    /// Without boards that are no longer kept.
    mutating func boards(on page: Page) -> [Board] {
        if let boards = pages[page] { return boards }
        let castAt = Instant(milliseconds: page.day * Instant.millisecondsPerDay)
        let boards = Board.all(castAt: castAt, category: page.category, now: now)
        pages[page] = boards
        return boards
    }
}
