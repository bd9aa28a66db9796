import Lifecycle
import Runtime

/// Whether the service that the current task belongs to is to end, and pauses that end with it.
enum Stopping {
    static var isAsked: Bool { Task.isCancelled || ShutdownSignal.current?.isRaised == true }

    /// Returns early when the service is to end.
    static func pause(_ duration: Duration) async {
        let sleeper = Task.immediateSleeper(duration)
        let number = ShutdownSignal.current?.onRaise { sleeper.cancel() }
        await withTaskCancellationHandler {
            await sleeper.value
        } onCancel: {
            sleeper.cancel()
        }
        if let number { ShutdownSignal.current?.forget(number) }
    }
}

extension Task where Success == Void, Failure == Never {
    /// A task that does nothing but sleep, on the caller's loop where there is one.
    fileprivate static func immediateSleeper(_ duration: Duration) -> Task<Void, Never> {
        guard let loop = EventLoop.current else {
            return Task { try? await Task<Never, Never>.sleep(for: duration) }  // an early end is what was wanted
        }
        return loop.spawn { try? await loop.sleep(for: duration) }  // as above
    }
}
