public import Glibc

/// A value behind a lock, for the few things several threads touch.
///
/// A `pthread_mutex_t` and not `Synchronization.Mutex`, because the thread sanitizer sees through the former only. Public
/// and inlinable, unlike nearly everything else: the compiler takes over only public code into the modules that call it,
/// and generic code that stays behind looks up its types anew for each call.
public final class Locked<State>: @unchecked Sendable {  // lock: `mutex`
    @usableFromInline let mutex: UnsafeMutablePointer<pthread_mutex_t>
    @usableFromInline var state: State

    package init(_ state: sending State) {
        self.state = state
        mutex = .allocate(capacity: 1)
        mutex.initialize(to: pthread_mutex_t())
        pthread_mutex_init(mutex, nil)
    }

    deinit {
        pthread_mutex_destroy(mutex)
        mutex.deallocate()
    }

    /// Runs `body` with the value while nobody else has it. Keep it short and never suspend or call out in it.
    @inlinable public func withLock<Result, Failure: Error>(
        _ body: (inout State) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body(&state)
    }
}
