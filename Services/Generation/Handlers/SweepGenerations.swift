import Domain
import Events
import Lifecycle
import Records
import Runtime
import Telemetry

/// Finishes what a crash left: holds that nobody closed, jobs that are in no queue, files of deleted pictures.
struct SweepGenerations: Service {
    let generations: Generations
    let settle: SettleGeneration
    let cancel: CancelGeneration
    let queue: JobQueue
    let pause: Duration
    /// A job is left alone for so long, since somebody is probably at it.
    let patience: Duration
    let log: Logger
    let clock: @Sendable () -> Instant

    func run() async throws {
        let signal = ShutdownSignal.current ?? ShutdownSignal()
        while !signal.isRaised {
            do {
                try await pass()
            } catch {
                log.warning("a sweep was not finished", ["error": "\(error)"])
            }
            guard let loop = EventLoop.current else { return }
            // Ends early when the process is to stop; the condition above looks for itself.
            try? await signal.cancelling { try await loop.sleep(for: pause) }
        }
    }

    /// One look at everything.
    func pass() async throws {
        let now = clock()
        for job in try await generations.withOpenHolds(endedBefore: now - patience) { try await settle(job) }
        for job in try await generations.unfinished(untouchedSince: now - patience) {
            // The id is known to the queue unless Redis lost it or the process died before.
            if try await queue.enqueue(job.id.hex, payload: [], priority: Int(job.priority)) {
                log.info("a picture is queued again", ["generation": job.id.hex])
            }
        }
        try await failAbandoned(at: now)
        for job in try await generations.hidden(before: now - .hours(26)) {
            try await cancel.removeFiles(of: job)
            try await generations.remove(job.id)
        }
    }

    /// Jobs that the queue has set aside will not be tried again.
    private func failAbandoned(at now: Instant) async throws {
        for (id, reason) in try await queue.dead() {
            guard let id = GenerationID(hex: id), let job = try await generations.byID(id), !job.status.isTerminal
            else {
                continue
            }
            if let failed = try await generations.fail(job, because: .gaveUp, at: now) {
                log.warning("a picture was given up", ["generation": id.hex, "reason": reason])
                try await settle(failed)
            }
        }
    }
}
