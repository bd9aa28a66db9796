internal import Glibc
internal import Synchronization

/// Blocking work on many threads at once: as many people as the demonstration and the tests need, all acting together.
package enum Parallel {
    /// Calls the body for each item, on up to `width` threads, and waits for all.
    ///
    /// - Returns: the results, in the order of the items.
    /// - Throws: the first error, once all have ended.
    @discardableResult
    package static func map<Item: Sendable, Result: Sendable>(
        _ items: [Item], width: Int, _ body: @escaping @Sendable (Item) throws -> Result
    ) throws -> [Result] {
        let work = Work(items: items, body: body)
        var threads: [pthread_t] = []
        for _ in 0..<min(width, items.count) {
            var thread = pthread_t()
            let box = Unmanaged.passRetained(work as Runnable)
            let code = pthread_create(
                &thread, nil,
                { argument in
                    if let argument { Unmanaged<Runnable>.fromOpaque(argument).takeRetainedValue().run() }
                    return nil
                }, box.toOpaque())
            if code == 0 {
                threads.append(thread)
            } else {
                box.release()
            }
        }
        if threads.isEmpty { work.run() }
        for thread in threads { pthread_join(thread, nil) }
        return try work.results()
    }

    private class Runnable {
        func run() {}
    }

    private final class Work<Item: Sendable, Result: Sendable>: Runnable {
        struct Progress {
            var next = 0
            var results: [Result?]
            var failure: (any Error)?
        }

        let items: [Item]
        let body: @Sendable (Item) throws -> Result
        let progress: Mutex<Progress>

        init(items: [Item], body: @escaping @Sendable (Item) throws -> Result) {
            self.items = items
            self.body = body
            progress = Mutex(Progress(results: Array(repeating: nil, count: items.count)))
        }

        override func run() {
            while true {
                let index = progress.withLock { state in
                    defer { state.next += 1 }
                    return state.next
                }
                guard index < items.count else { return }
                do {
                    let result = try body(items[index])
                    progress.withLock { $0.results[index] = result }
                } catch {
                    progress.withLock { state in
                        if state.failure == nil { state.failure = error }
                    }
                }
            }
        }

        func results() throws -> [Result] {
            let (results, failure) = progress.withLock { ($0.results, $0.failure) }
            if let failure { throw failure }
            return results.compactMap { $0 }
        }
    }
}
