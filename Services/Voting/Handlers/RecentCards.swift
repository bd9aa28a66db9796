import BSON
import Domain
import Runtime

/// Cards of posts that were read a moment ago: of what many vote for at once, one look-up serves all of them.
///
/// A vote that comes while a card is being read waits for that one. A card is some votes behind for its short life, and
/// says so itself: each of its rows knows how far it has come, so that nobody's own vote is missing from what they see.
final class RecentCards: Sendable {
    private enum Entry: Sendable {
        case card(PostCard, until: UInt64)
        /// Somebody reads it, and others wait.
        case reading(Queue)

        var isBeingRead: Bool { if case .reading = self { true } else { false } }
    }

    /// Who waits for a look-up. A class, so that one more waiter copies nothing.
    private final class Queue: Sendable {
        private let waiters = Locked<[Waiter]>([])

        func append(_ waiter: Waiter) { waiters.withLock { $0.append(waiter) } }

        func tell(_ card: PostCard?) {
            let all = waiters.withLock { waiters in
                defer { waiters = [] }
                return waiters
            }
            for waiter in all { waiter.tell(card) }
        }
    }

    private enum Waiter: Sendable {
        case task(CheckedContinuation<PostCard?, Never>)
        case call(LoopCall<PostCard?>)

        func tell(_ card: PostCard?) {
            switch self {
            case .task(let continuation): continuation.resume(returning: card)
            case .call(let call): call(card)
            }
        }
    }

    private static let capacity = 4096
    private static let lifetime: UInt64 = 100_000_000

    /// By the post's id, untyped: tables of a type that another module declares generically are slower.
    private let entries = Locked<[ObjectID: Entry]>([:])

    /// The card, where it was read a moment ago.
    func find(_ post: PostID) -> PostCard? {
        let now = EventLoop.monotonicNanoseconds()
        return entries.withLock { entries in
            if case .card(let card, let until)? = entries[post.objectID], until > now { return card }
            return nil
        }
    }

    /// The card, which `read` fetches unless somebody else is at it already.
    ///
    /// - Throws: what `read` throws; who waited for another's attempt that failed tries alone.
    func card(_ post: PostID, _ read: () async throws -> PostCard?) async throws -> PostCard? {
        if let card = find(post) { return card }
        guard claim(post) else { return if let card = await wait(for: post) { card } else { try await read() } }
        do {
            let card = try await read()
            settle(post, card)
            return card
        } catch {
            settle(post, nil)
            throw error
        }
    }

    /// The card without a task: during this call, or when the look-up that is under way or `read` has it.
    ///
    /// - Parameters:
    ///   - read: told who waits; gives them nil where it does not get it.
    ///   - answer: called on this loop.
    func card(
        _ post: PostID, on loop: EventLoop, _ read: (@escaping (PostCard?) -> Void) -> Void,
        _ answer: @escaping (PostCard?) -> Void
    ) {
        if let card = find(post) { return answer(card) }
        guard !claim(post) else {
            return read { [self] card in
                settle(post, card)
                answer(card)
            }
        }
        if let settled = join(post, .call(LoopCall(on: loop, answer))) { answer(settled) }
    }

    /// Whether nobody reads the card, which the caller now does.
    private func claim(_ post: PostID) -> Bool {
        entries.withLock { entries in
            if case .reading? = entries[post.objectID] { return false }
            if entries.count >= Self.capacity { entries = entries.filter { $0.value.isBeingRead } }
            entries[post.objectID] = .reading(Queue())
            return true
        }
    }

    private func wait(for post: PostID) async -> PostCard? {
        await withCheckedContinuation { continuation in
            if let settled = join(post, .task(continuation)) { continuation.resume(returning: settled) }
        }
    }

    /// Waits for the look-up under way. Returns what it found where it has ended meanwhile.
    private func join(_ post: PostID, _ waiter: Waiter) -> PostCard?? {
        entries.withLock { entries in
            switch entries[post.objectID] {
            case .reading(let queue):
                queue.append(waiter)
                return nil
            case .card(let card, _): return .some(card)
            case nil: return .some(nil)
            }
        }
    }

    private func settle(_ post: PostID, _ card: PostCard?) {
        let until = EventLoop.monotonicNanoseconds() + Self.lifetime
        let queue: Queue? = entries.withLock { entries in
            defer { entries[post.objectID] = card.map { .card($0, until: until) } }
            if case .reading(let queue)? = entries[post.objectID] { return queue }
            return nil
        }
        queue?.tell(card)
    }
}
