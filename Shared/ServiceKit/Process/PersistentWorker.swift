import Lifecycle
import Runtime
import Telemetry

/// Keeps a worker working: one that throws is built and started again after a pause that grows.
///
/// A store that is away for a minute must not end the process, and a worker that cannot start must not keep the others
/// of its process from theirs. That it fails is visible: in the log, and in `circle_worker_restarts_total`.
struct PersistentWorker: Service {
    let worker: ServiceDefinition.Worker
    let context: ServiceContext

    private static let longestPause = Duration.seconds(15)
    private static let shortestPause = Duration.milliseconds(250)

    func run() async throws {
        let restarts = context.metrics.counter(
            "circle_worker_restarts_total", help: "Times a worker failed and was started again.", labels: ["worker"]
        ).with(worker.name)
        let signal = ShutdownSignal.current ?? ShutdownSignal()
        var pause = Self.shortestPause
        while !signal.isRaised {
            let startedAt = EventLoop.monotonicNanoseconds()
            do {
                return try await worker.make(context).run()
            } catch {
                if signal.isRaised || Task.isCancelled { return }
                restarts.increment()
                context.logger.error("a worker failed", ["worker": worker.name, "reason": "\(error)"])
            }
            // Whoever worked for a minute starts again at once; whoever can't start waits longer each time.
            if EventLoop.monotonicNanoseconds() - startedAt > 60_000_000_000 { pause = Self.shortestPause }
            await sleep(pause, unless: signal)
            pause = min(pause * 2, Self.longestPause)
        }
    }

    private func sleep(_ duration: Duration, unless signal: ShutdownSignal) async {
        let loop = EventLoop.current ?? context.loops.next()
        // Cut short by the signal or by cancellation: either way the loop above looks for itself.
        try? await signal.cancelling { try await loop.sleep(for: duration) }
    }
}
