import Glibc

/// The pool has as much waiting as it takes: the caller answers 503 and asks to retry.
package struct PoolRejected: Error, Equatable, CustomStringConvertible {
    package let pool: String

    package init(pool: String) { self.pool = pool }

    package var description: String { "pool \(pool) is full" }
}

/// A few threads for calls that block, with a bounded queue.
///
/// Threads versus connections: give a pool over a connection pool as many threads as that has connections; more would
/// wait for a connection while holding a thread, fewer would leave connections idle. Threads start on first use.
package final class BlockingPool: @unchecked Sendable {  // lock: `mutex`
    /// What a pool is doing, for metrics.
    package struct Usage: Sendable, Equatable {
        package var threads = 0
        package var busy = 0
        package var waiting = 0
        package var rejected = 0
    }

    package let name: String
    package let threads: Int
    package let queueLimit: Int

    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let available: UnsafeMutablePointer<pthread_cond_t>
    private var queue: [() -> Void] = []
    private var head = 0
    private var counts = Usage()
    private var isClosed = false

    /// - Parameters:
    ///   - threads: at most this many run, at least 1.
    ///   - queueLimit: calls that may wait for a thread before further ones are refused.
    package init(name: String, threads: Int, queueLimit: Int) {
        self.name = name
        self.threads = max(1, threads)
        self.queueLimit = max(0, queueLimit)
        mutex = .allocate(capacity: 1)
        available = .allocate(capacity: 1)
        mutex.initialize(to: pthread_mutex_t())
        available.initialize(to: pthread_cond_t())
        pthread_mutex_init(mutex, nil)
        pthread_cond_init(available, nil)
    }

    deinit {
        pthread_cond_destroy(available)
        pthread_mutex_destroy(mutex)
        available.deallocate()
        mutex.deallocate()
    }

    package var usage: Usage {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return counts
    }

    /// Runs `work` on a thread of the pool; the caller resumes on its own executor.
    ///
    /// - Throws: `PoolRejected` when the queue is full (nothing ran), or what `work` throws.
    package func run<Success: Sendable>(_ work: sending @escaping () throws -> Success) async throws -> Success {
        try await withCheckedThrowingContinuation { continuation in
            let accepted = submit { continuation.resume(with: Result { try work() }) }
            if !accepted { continuation.resume(throwing: PoolRejected(pool: name)) }
        }
    }

    /// Lets the threads end once the queue is empty; what comes later is rejected.
    package func close() {
        pthread_mutex_lock(mutex)
        isClosed = true
        pthread_cond_broadcast(available)
        pthread_mutex_unlock(mutex)
    }

    private func submit(_ work: @escaping () -> Void) -> Bool {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        let free = threads - counts.busy
        guard !isClosed, counts.waiting < queueLimit + free else {
            counts.rejected += 1
            return false
        }
        if counts.busy + counts.waiting >= counts.threads, counts.threads < threads {
            // Without a first thread nothing would ever run; with one, the rest is only slower.
            guard startThread() || counts.threads > 0 else { return false }
        }
        queue.append(work)
        counts.waiting += 1
        pthread_cond_signal(available)
        return true
    }

    private func startThread() -> Bool {
        do {
            try LoopThread { [self] in serve() }.start(named: name)
            counts.threads += 1
            return true
        } catch {
            return false
        }
    }

    private func serve() {
        while let work = next() {
            work()
            pthread_mutex_lock(mutex)
            counts.busy -= 1
            pthread_mutex_unlock(mutex)
        }
    }

    /// The oldest call waiting; nil once the pool is closed and empty.
    private func next() -> (() -> Void)? {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while head == queue.count {
            if isClosed {
                counts.threads -= 1
                return nil
            }
            pthread_cond_wait(available, mutex)
        }
        let work = queue[head]
        queue[head] = {}
        head += 1
        if head == queue.count || head > 1024 {
            queue.removeFirst(head)
            head = 0
        }
        counts.waiting -= 1
        counts.busy += 1
        return work
    }
}
