import Domain
import HTTPServer
import JSON
import Runtime

/// Pages of boards as bytes, for a second each: the same for everybody who asks.
///
/// When the second is over, one reader makes the page anew and the others get the old one for a moment more, so that
/// many who ask at once do not all read the stores.
final class RecentPages: Sendable {
    struct Page: Sendable {
        var items: [UInt8]
        var next: Int?
    }

    /// What of a request decides over its answer.
    private enum Name: Hashable {
        /// The best of a board: period, category and limit in one number, which costs no string.
        case best(Int)
        /// Anything else, as it was written: another spelling is kept once more.
        case written(String)
    }

    private struct Kept<Value: Sendable>: Sendable {
        var value: Value
        var madeAt: UInt64
        /// From then on the next reader makes it anew.
        var until: UInt64
    }

    private let pages = Locked<[String: Kept<Page>]>([:])
    /// Whole answers to those without a token.
    private let answers = Locked<[Name: Kept<Response>]>([:])
    private let lifetime: UInt64 = 1_000_000_000
    /// How long others get the old page while one makes it anew, and how long after its time a page may be shown at all.
    private let turn: UInt64 = 250_000_000
    private let grace: UInt64 = 1_000_000_000
    private let limit = 512

    /// The kept page, or the one that `read` makes.
    func page(_ key: String, _ read: () async throws -> ReadLeaderboard.Page) async throws -> Page {
        if let page = find(key, in: pages) { return page }
        let fresh = try await read()
        let page = Page(items: JSONWriter.bytes(fresh.entries), next: fresh.next)
        keep(page, as: key, in: pages)
        return page
    }

    /// The kept answer to somebody without a token who asks for the same.
    func answer(to request: Request) -> Response? { find(Self.name(of: request), in: answers) }

    /// Keeps an answer for others, unless it is about the caller.
    func keep(_ answer: Response, for request: Request) {
        guard request.caller == nil else { return }
        keep(answer, as: Self.name(of: request), in: answers)
    }

    private static func name(of request: Request) -> Name {
        if let best = best(request) { return .best(best) }
        var name = request.parameter("period")
        guard request.hasQuery else { return .written(name) }
        for parameter in ["category", "limit", "cursor", "around"] {
            name += "&"
            if let value = request.query(parameter) { name += "=" + value }
        }
        return .written(name)
    }

    private static let periods = LeaderboardPeriod.allCases.map(\.rawValue)
    private static let categories = Category.allCases.map(\.rawValue)

    /// Nil for what is not plain: another page than the first, or a limit or a category that is none.
    private static func best(_ request: Request) -> Int? {
        let wanted = request.parameter("period")
        guard let period = periods.firstIndex(of: wanted) else { return nil }
        guard request.hasQuery else { return period }
        guard request.query("cursor") == nil, request.query("around") == nil else { return nil }
        var (category, limit) = (0, 0)
        if let wanted = request.query("category") {
            guard let index = categories.firstIndex(of: wanted) else { return nil }
            category = index + 1
        }
        if let wanted = request.query("limit") {
            guard let number = limitNumber(wanted) else { return nil }
            limit = number
        }
        return (category * 1000 + limit) * 8 + period
    }

    /// 1...999, written as one writes it.
    private static func limitNumber(_ text: String) -> Int? {
        var number = 0
        for byte in text.utf8 {
            guard byte &- 0x30 < 10, number > 0 || byte != 0x30, number < 100 else { return nil }
            number = number * 10 + Int(byte - 0x30)
        }
        return number > 0 ? number : nil
    }

    private func find<Key, Value>(_ key: Key, in kept: Locked<[Key: Kept<Value>]>) -> Value? {
        let now = EventLoop.monotonicNanoseconds()
        return kept.withLock { kept in
            guard let entry = kept[key] else { return nil }
            if entry.until > now { return entry.value }
            if now < entry.madeAt + lifetime + grace { kept[key]?.until = now + turn }
            return nil
        }
    }

    private func keep<Key, Value>(_ value: Value, as key: Key, in kept: Locked<[Key: Kept<Value>]>) {
        let now = EventLoop.monotonicNanoseconds()
        kept.withLock { kept in
            if kept.count >= limit { kept = [:] }
            kept[key] = Kept(value: value, madeAt: now, until: now + lifetime)
        }
    }
}
