package import Runtime
import Synchronization
import Telemetry

/// Runs services together: starts them in order, stops them in reverse, within a deadline.
package struct ServiceGroup: Sendable {
    /// Some services were still at work when the deadline came. Their tasks are cancelled; the process should exit.
    package struct DrainDeadlineExceeded: Error, Equatable {}

    private let services: [any Service]
    private let loops: EventLoopGroup
    private let log: Logger

    /// - Parameter loops: where the services run, one after the other.
    package init(_ services: [any Service], on loops: EventLoopGroup) {
        self.services = services
        self.loops = loops
        log = Logger(label: "lifecycle")
    }

    /// Runs until a signal arrives, until `stop` is raised, until a service throws or until all have returned.
    ///
    /// - Throws: the first error of a service, after the others have been stopped; `DrainDeadlineExceeded`.
    package func run(
        until signals: [ProcessSignal] = [], or stop: ShutdownSignal = ShutdownSignal(), drainingFor deadline: Duration
    ) async throws {
        if !signals.isEmpty {
            SignalWatch.start(signals) { stop.raise() }
        }
        let running = services.map { Running($0, on: loops.next()) { stop.raise() } }
        let watcher = loops.next().spawn {
            for service in running { await service.finished() }
            stop.raise()
        }
        await stop.wait()
        log.info("stopping", ["services": String(running.count)])
        let drained = await drain(running, within: deadline)
        watcher.cancel()
        if let error = running.compactMap(\.failure).first { throw error }
        if !drained { throw DrainDeadlineExceeded() }
    }

    /// Stops the last service first and each only when those after it have ended.
    private func drain(_ running: [Running], within deadline: Duration) async -> Bool {
        let loop = loops.next()
        let expired = ShutdownSignal()
        let timer = loop.spawn {
            do { try await loop.sleep(for: deadline) } catch { return }
            expired.raise()
        }
        defer { timer.cancel() }
        for service in running.reversed() {
            service.signal.raise()
            service.onFinish { service.ended.raise() }
            expired.onRaise { service.ended.raise() }
            await service.ended.wait()
        }
        if expired.isRaised { for service in running { service.cancel() } }
        return !expired.isRaised
    }
}

/// One service at work.
private final class Running: Sendable {
    let signal = ShutdownSignal()
    /// Raised when the service has ended, or when nobody waits for it any longer.
    let ended = ShutdownSignal()
    private let done = ShutdownSignal()
    private let error = Mutex<(any Error)?>(nil)
    private let task = Mutex<Task<Void, Never>?>(nil)

    var failure: (any Error)? { error.withLock { $0 } }

    init(_ service: any Service, on loop: EventLoop, onFailure: @escaping @Sendable () -> Void) {
        let task = ShutdownSignal.$current.withValue(signal) {
            loop.spawn { [self] in
                do {
                    try await service.run()
                } catch {
                    // Cancelled because it was told to stop: that is no failure.
                    if !(error is CancellationError && signal.isRaised) {
                        self.error.withLock { $0 = error }
                        onFailure()
                    }
                }
                done.raise()
            }
        }
        self.task.withLock { $0 = task }
    }

    func finished() async { await done.wait() }
    func onFinish(_ action: @escaping @Sendable () -> Void) { done.onRaise(action) }
    func cancel() { task.withLock { $0?.cancel() } }
}
