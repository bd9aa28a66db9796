import Lifecycle
import Runtime
import Telemetry

/// Finishes decisions on whole groups that a process left behind when it ended.
struct RingResumption: Service {
    private static let look = Duration.seconds(5)

    let decisions: RingDecisions
    /// A decision so old is nobody's any more.
    var patience = Duration.seconds(30)
    private let log = Logger(label: "moderation.rings")

    init(_ decisions: RingDecisions, patience: Duration = .seconds(30)) {
        self.decisions = decisions
        self.patience = patience
    }

    func run() async throws {
        let signal = ShutdownSignal.current ?? ShutdownSignal()
        while !signal.isRaised, !Task.isCancelled {
            do {
                try await decisions.resume(olderThan: patience)
            } catch {
                log.warning("decisions on groups were not resumed", ["reason": "\(error)"])
            }
            let loop = EventLoop.current
            // Cut short by the signal: the loop above looks for itself.
            try? await signal.cancelling { try await loop?.sleep(for: Self.look) }
        }
    }
}
