import CLinux
import Glibc
import Synchronization

/// Signals that end a process in order.
package enum ProcessSignal: Sendable, CaseIterable {
    case terminate, interrupt

    var number: Int32 { self == .terminate ? SIGTERM : SIGINT }
}

/// Waits for signals. A handler may do next to nothing, so it writes to an eventfd that a thread reads.
enum SignalWatch {
    /// Set before any handler is installed; a handler cannot take a lock.
    nonisolated(unsafe) private static var descriptor: Int32 = -1

    /// Calls `action` on a thread of its own each time one of the signals arrives.
    static func start(_ signals: [ProcessSignal], _ action: @escaping @Sendable () -> Void) {
        descriptor = eventfd(0, Int32(EFD_CLOEXEC))
        guard descriptor >= 0 else { return }
        for signal in signals {
            var handling = sigaction()
            handling.__sigaction_handler.sa_handler = { _ in eventfd_write(SignalWatch.descriptor, 1) }
            handling.sa_flags = SA_RESTART
            sigaction(signal.number, &handling, nil)
        }
        let descriptor = descriptor
        WatchThread.start {
            var count: eventfd_t = 0
            while true {
                guard eventfd_read(descriptor, &count) == 0 else {
                    if errno == EINTR { continue }
                    return
                }
                action()
            }
        }
    }
}

private enum WatchThread {
    private final class Body {
        let work: @Sendable () -> Void
        init(_ work: @escaping @Sendable () -> Void) { self.work = work }
    }

    static func start(_ work: @escaping @Sendable () -> Void) {
        let body = Unmanaged.passRetained(Body(work)).toOpaque()
        var thread = pthread_t()
        let result = pthread_create(
            &thread, nil,
            { argument in
                if let argument { Unmanaged<Body>.fromOpaque(argument).takeRetainedValue().work() }
                return nil
            }, body)
        if result == 0 { pthread_detach(thread) }
    }
}
