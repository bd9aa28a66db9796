import Domain
import Lifecycle
import Runtime
import Telemetry

/// Notices partitions that Redis has lost and rebuilds them: after a flush, or a failover to an empty server.
struct EpochKeeper: Service {
    let rebuild: RebuildVotes
    private let log = Logger(label: "voting.rebuild")

    init(rebuild: RebuildVotes) { self.rebuild = rebuild }

    func run() async throws {
        let signal = ShutdownSignal.current ?? ShutdownSignal()
        while !signal.isRaised, !Task.isCancelled {
            do {
                for partition in try await rebuild.missing() where !signal.isRaised { try await rebuild(partition) }
            } catch {
                log.warning("votes cannot be rebuilt at present", ["reason": "\(error)"])
            }
            let loop = EventLoop.current
            // Cut short by the signal: the loop above looks for itself.
            try? await signal.cancelling { try await loop?.sleep(for: .milliseconds(500)) }
        }
    }
}
