import Domain
import Runtime

/// Cards of posts that were read a moment ago: of what many vote for at once, one look-up serves all of them.
///
/// A vote that comes while a card is being read waits for that one. A card is some votes behind for its short life, and
/// says so itself: each of its rows knows how far it has come, so that nobody's own vote is missing from what they see.
final class RecentCards: Sendable {
    private enum Entry: Sendable {
        case card(PostCard, until: UInt64)
        /// Somebody reads it, and these wait.
        case reading([CheckedContinuation<PostCard?, Never>])

        var isBeingRead: Bool { if case .reading = self { true } else { false } }
    }

    private static let capacity = 4096
    private static let lifetime: UInt64 = 100_000_000

    private let entries = Locked<[PostID: Entry]>([:])

    /// The card, where it was read a moment ago.
    func find(_ post: PostID) -> PostCard? {
        let now = EventLoop.monotonicNanoseconds()
        return entries.withLock { entries in
            if case .card(let card, let until)? = entries[post], until > now { return card }
            return nil
        }
    }

    /// The card, which `read` fetches unless somebody else is at it already.
    ///
    /// - Throws: what `read` throws; who waited for another's attempt that failed tries alone.
    func card(_ post: PostID, _ read: () async throws -> PostCard?) async throws -> PostCard? {
        if let card = find(post) { return card }
        let isMine = entries.withLock { entries in
            if case .reading? = entries[post] { return false }
            if entries.count >= Self.capacity { entries = entries.filter { $0.value.isBeingRead } }
            entries[post] = .reading([])
            return true
        }
        guard isMine else { return if let card = await wait(for: post) { card } else { try await read() } }
        do {
            let card = try await read()
            settle(post, card)
            return card
        } catch {
            settle(post, nil)
            throw error
        }
    }

    private func wait(for post: PostID) async -> PostCard? {
        await withCheckedContinuation { continuation in
            let settled: PostCard?? = entries.withLock { entries in
                switch entries[post] {
                case .reading(let waiting):
                    entries[post] = .reading(waiting + [continuation])
                    return nil
                case .card(let card, _): return .some(card)
                case nil: return .some(nil)
                }
            }
            if let settled { continuation.resume(returning: settled) }
        }
    }

    private func settle(_ post: PostID, _ card: PostCard?) {
        let until = EventLoop.monotonicNanoseconds() + Self.lifetime
        let waiting = entries.withLock { entries in
            defer { entries[post] = card.map { .card($0, until: until) } }
            if case .reading(let waiting)? = entries[post] { return waiting }
            return []
        }
        for continuation in waiting { continuation.resume(returning: card) }
    }
}
