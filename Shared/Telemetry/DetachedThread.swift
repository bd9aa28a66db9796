import Glibc

/// A small thread of its own for work that must not wait for any executor.
enum DetachedThread {
    private final class Body {
        let work: @Sendable () -> Void
        init(_ work: @escaping @Sendable () -> Void) { self.work = work }
    }

    static func start(_ work: @escaping @Sendable () -> Void) {
        let body = Unmanaged.passRetained(Body(work)).toOpaque()
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        pthread_attr_setstacksize(&attributes, 256 * 1024)
        var thread = pthread_t()
        let result = pthread_create(
            &thread, &attributes,
            { argument in
                Unmanaged<Body>.fromOpaque(argument!).takeRetainedValue().work()
                return nil
            }, body)
        pthread_attr_destroy(&attributes)
        // Without a thread the work is done here: later than wished is better than never.
        if result != 0 { Unmanaged<Body>.fromOpaque(body).takeRetainedValue().work() }
    }
}
