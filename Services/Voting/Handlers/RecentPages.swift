import Domain
import JSON
import Runtime

/// Pages of boards as bytes, for a second each: the same for everybody who asks.
final class RecentPages: Sendable {
    struct Page: Sendable {
        var items: [UInt8]
        var next: Int?
    }

    private struct Kept: Sendable {
        var page: Page
        var until: UInt64
    }

    private let kept = Locked<[String: Kept]>([:])
    private let lifetime: UInt64 = 1_000_000_000
    private let limit = 512

    /// The kept page, or the one that `read` makes.
    func page(_ key: String, _ read: () async throws -> ReadLeaderboard.Page) async throws -> Page {
        let now = EventLoop.monotonicNanoseconds()
        if let page = kept.withLock({ $0[key].flatMap { $0.until > now ? $0.page : nil } }) { return page }
        let fresh = try await read()
        let page = Page(items: JSONWriter.bytes(fresh.entries), next: fresh.next)
        kept.withLock { kept in
            if kept.count >= limit { kept = [:] }
            kept[key] = Kept(page: page, until: EventLoop.monotonicNanoseconds() + lifetime)
        }
        return page
    }
}
