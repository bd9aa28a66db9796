import Domain

/// The feeds. Those that are ranked are served from snapshots; the others from an index by time.
enum FeedKind: String, CaseIterable, Sendable {
    case trending, new, hot, top, following
    case forYou = "for-you"

    var needsCaller: Bool { self == .following || self == .forYou }
}

/// How far back `top` looks.
enum TopWindow: String, CaseIterable, Sendable {
    case day, week, month, all

    func start(before now: Instant) -> Instant? {
        switch self {
        case .day: now - .days(1)
        case .week: now - .days(7)
        case .month: now - .days(30)
        case .all: nil
        }
    }
}

/// Which posts a feed is about. Equal queries share snapshots and pages.
struct FeedQuery: Hashable, Sendable {
    var kind: FeedKind
    var category: Category?
    var tag: String?
    var window: TopWindow = .week
    /// Only for feeds that are somebody's own.
    var viewer: UserID?

    /// Names the query in Redis keys: nothing in it comes from a client unchecked.
    var name: String {
        let scope = viewer?.hex ?? "all"
        let filter = "\(category?.rawValue ?? "-"):\(tag ?? "-")"
        return kind == .top ? "\(kind.rawValue):\(window.rawValue):\(filter)" : "\(kind.rawValue):\(filter):\(scope)"
    }
}
