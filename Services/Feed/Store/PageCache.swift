import Domain
import Records
import Runtime

/// Posts as bytes, for a few seconds: a feed page that many read is encoded once, the same for everybody.
final class PageCache: Sendable {
    private struct Entry {
        let item: PostJSON
        let expires: UInt64
    }

    private static let lifetime: UInt64 = 2_000_000_000
    private static let capacity = 4000
    private let entries = Locked<[PostID: Entry]>([:])

    /// The posts in the order of `ids`; those that are gone are left out.
    ///
    /// - Parameter load: reads what is not cached.
    func items(_ ids: [PostID], load: ([PostID]) async throws -> [PostJSON]) async throws -> [PostJSON] {
        let now = EventLoop.monotonicNanoseconds()
        var found = entries.withLock { entries in
            ids.reduce(into: [PostID: PostJSON]()) { result, id in
                if let entry = entries[id], entry.expires > now { result[id] = entry.item }
            }
        }
        let missing = ids.filter { found[$0] == nil }
        if !missing.isEmpty {
            let loaded = try await load(missing)
            for item in loaded { found[item.post.id] = item }
            keep(loaded, until: now + Self.lifetime)
        }
        return ids.compactMap { found[$0] }
    }

    func forget(_ id: PostID) {
        _ = entries.withLock { $0.removeValue(forKey: id) }
    }

    private func keep(_ items: [PostJSON], until expires: UInt64) {
        entries.withLock { entries in
            if entries.count + items.count > Self.capacity { entries.removeAll(keepingCapacity: true) }
            for item in items { entries[item.post.id] = Entry(item: item, expires: expires) }
        }
    }
}
