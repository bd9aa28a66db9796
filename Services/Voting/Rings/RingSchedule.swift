import Domain
import Lifecycle
import Runtime
import ServiceKit
import Synchronization
import Telemetry

/// `worker:rings`: looks for rings at each firing; any number of these workers share the firings.
struct RingSchedule: Service {
    /// How often it is asked whether a run is due, or was left behind by a worker that ended.
    private static let look = Duration.seconds(10)

    let firings: Firings
    let find: FindRings
    private let log = Logger(label: "voting.rings")

    init(firings: Firings, find: FindRings) {
        self.firings = firings
        self.find = find
    }

    func run() async throws {
        let signal = ShutdownSignal.current ?? ShutdownSignal()
        while !signal.isRaised, !Task.isCancelled {
            do {
                try await runDue(until: signal)
            } catch {
                log.warning("rings were not looked for", ["reason": "\(error)"])
            }
            let loop = EventLoop.current
            // Cut short by the signal: the loop above looks for itself.
            try? await signal.cancelling { try await loop?.sleep(for: Self.look) }
        }
    }

    /// Runs what is due, if nobody else does.
    ///
    /// - Returns: what it came to; nil where there was nothing to run.
    @discardableResult
    func runDue(until signal: ShutdownSignal = ShutdownSignal()) async throws -> FindRings.Figures? {
        guard let firing = try await firings.claim(at: .now()) else { return nil }
        let extended = Mutex(ContinuousClock.now)
        let figures = try await find(at: .now()) {
            if signal.isRaised { throw CancellationError() }
            let isDue = extended.withLock { last in
                guard ContinuousClock.now - last > firings.lease / 4 else { return false }
                last = .now
                return true
            }
            if isDue { try await firings.extend(firing, at: .now()) }
        }
        try await firings.finish(firing, figures.document, at: .now())
        return figures
    }
}
