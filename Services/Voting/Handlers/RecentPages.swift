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

    private struct Kept<Value: Sendable>: Sendable {
        var value: Value
        var madeAt: UInt64
        /// From then on the next reader makes it anew.
        var until: UInt64
    }

    private let pages = Locked<[String: Kept<Page>]>([:])
    /// Whole answers to those without a token.
    private let answers = Locked<[String: Kept<Response>]>([:])
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

    /// What of a request decides over its answer, as it was written: another spelling is kept once more.
    private static func name(of request: Request) -> String {
        var name = request.parameters["period"]
        guard request.hasQuery else { return name }
        for parameter in ["category", "limit", "cursor", "around"] {
            name += "&"
            if let value = request.query(parameter) { name += value }
        }
        return name
    }

    private func find<Value>(_ key: String, in kept: Locked<[String: Kept<Value>]>) -> Value? {
        let now = EventLoop.monotonicNanoseconds()
        return kept.withLock { kept in
            guard let entry = kept[key] else { return nil }
            if entry.until > now { return entry.value }
            if now < entry.madeAt + lifetime + grace { kept[key]?.until = now + turn }
            return nil
        }
    }

    private func keep<Value>(_ value: Value, as key: String, in kept: Locked<[String: Kept<Value>]>) {
        let now = EventLoop.monotonicNanoseconds()
        kept.withLock { kept in
            if kept.count >= limit { kept = [:] }
            kept[key] = Kept(value: value, madeAt: now, until: now + lifetime)
        }
    }
}
