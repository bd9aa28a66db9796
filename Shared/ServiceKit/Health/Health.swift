import JSON
package import Runtime
import Synchronization
package import Telemetry

/// What a process depends on and whether it is there: probed in the background, so that /readyz answers at once.
package final class Health: Sendable {
    /// How a dependency is asked; a thrown error is its failure.
    package typealias Probe = @Sendable () async throws -> Void

    private struct Dependency {
        let name: String
        /// Whether the process can do anything useful without it.
        let isCritical: Bool
        let probe: Probe
        var state = HealthState()
    }

    private struct State {
        var dependencies: [Dependency] = []
        var isDraining = false
    }

    private static let period = Duration.seconds(2)
    /// While the process is not ready, what it waits for is looked at more often.
    private static let impatientPeriod = Duration.milliseconds(200)
    private static let patience = Duration.milliseconds(1500)

    private let state = Mutex(State())
    private let log: Logger

    package init(log: Logger) { self.log = log }

    /// Adds a dependency, before probing starts.
    package func depend(on name: String, critical: Bool, _ probe: @escaping Probe) {
        state.withLock { $0.dependencies.append(Dependency(name: name, isCritical: critical, probe: probe)) }
    }

    /// From now on the process says that it is not ready, whatever its dependencies do.
    package func startDraining() { state.withLock { $0.isDraining = true } }

    /// Whether requests should be sent here.
    package var isReady: Bool {
        state.withLock { state in
            !state.isDraining && state.dependencies.allSatisfy { !$0.isCritical || $0.state.isUp }
        }
    }

    /// `ok`, `degraded` when something that is not critical is away, `down` otherwise.
    package var status: String {
        guard isReady else { return "down" }
        return state.withLock { $0.dependencies.allSatisfy(\.state.isUp) } ? "ok" : "degraded"
    }

    /// The body of /readyz.
    package func report(verbose: Bool) -> [UInt8] {
        let status = status
        let (dependencies, isDraining) = state.withLock { ($0.dependencies, $0.isDraining) }
        var writer = JSONWriter()
        writer.object {
            $0.field("status", status)
            guard verbose else { return }
            $0.field("draining", isDraining)
            $0.array("checks") {
                for dependency in dependencies {
                    $0.object {
                        $0.field("name", dependency.name)
                        $0.field("critical", dependency.isCritical)
                        $0.field("status", dependency.state.isUp ? "ok" : "down")
                        $0.fieldIfPresent("reason", dependency.state.reason)
                    }
                }
            }
        }
        return writer.bytes
    }

    /// Probes everything once.
    package func probe() async {
        let probes = state.withLock { $0.dependencies.map(\.probe) }
        for (index, probe) in probes.enumerated() {
            let outcome: HealthState.Outcome
            do {
                try await withDeadline(Self.patience) { try await probe() }
                outcome = .success
            } catch {
                outcome = .failure("\(error)")
            }
            record(outcome, at: index)
        }
    }

    private func record(_ outcome: HealthState.Outcome, at index: Int) {
        let change: (name: String, isUp: Bool)? = state.withLock { state in
            let before = state.dependencies[index].state.isUp
            state.dependencies[index].state.record(outcome)
            let after = state.dependencies[index].state.isUp
            return before == after ? nil : (state.dependencies[index].name, after)
        }
        guard let change else { return }
        if change.isUp {
            log.info("dependency is up", ["dependency": change.name])
        } else {
            log.warning("dependency is down", ["dependency": change.name, "reason": "\(outcome)"])
        }
    }

    /// Probes until the task is cancelled.
    package func run(on loop: EventLoop) async {
        while !Task.isCancelled {
            await probe()
            do { try await loop.sleep(for: isReady ? Self.period : Self.impatientPeriod) } catch { return }
        }
    }
}
