import BSON
import Domain
import Events
import Media
import ObjectStore
import Records
import Runtime
import Telemetry

/// Works one job off: begins a run, has the picture painted, stores the files, completes the job, settles.
///
/// A job may be handed out twice. The run's number, set by a compare-and-set when it begins, is a condition on its end and
/// part of its files' keys, so of two runs exactly one completes, and neither writes over the other's files.
struct PaintGeneration: Sendable {
    let generations: Generations
    let models: ModelCatalogue
    let providers: Providers
    let gallery: Gallery
    let settle: SettleGeneration
    let purse: any Purse
    let quota: DayQuota
    let users: UserLookup
    let progress: ProgressLog
    let worker: String
    let mostRuns: Int64
    let log: Logger
    let clock: @Sendable () -> Instant

    /// Somebody else changed the job in between: the queue hands it out again.
    struct Superseded: Error {}

    func callAsFunction(_ job: Job) async throws {
        guard let id = GenerationID(hex: job.id) else { throw JobAbandoned("not an id") }
        guard let seen = try await generations.byID(id) else { throw JobAbandoned("no such picture") }
        if seen.status.isTerminal { return try await settle(seen) }
        guard seen.attempts < mostRuns else { return try await fail(seen, because: .gaveUp) }
        guard try await isPaid(seen) else { return try await fail(seen, because: .insufficientGems) }
        guard let model = try await models.model(seen.model), let provider = providers[model] else {
            return try await fail(seen, because: .providerAway)
        }
        guard let run = try await generations.begin(seen, by: worker, at: clock()) else { throw Superseded() }
        if let day = run.quotaDay { try await quota.confirm(id, for: run.userID, day: day) }
        try await progress.add(.started, to: id, of: run.userID)
        try await paint(run, with: provider)
    }

    /// A crash may have come between the job and its hold: it is made up for here.
    private func isPaid(_ job: GenerationRecord) async throws -> Bool {
        guard job.holdKey != nil else { return true }
        do {
            try await purse.hold(job.costGems, for: job.id, of: job.userID, requestKey: job.requestKey)
            return true
        } catch GenerationError.insufficientGems {
            return false
        }
    }

    private func paint(_ run: GenerationRecord, with provider: any ImageProvider) async throws {
        let start = EventLoop.monotonicNanoseconds()
        let image: PixelImage
        do {
            image = try await watched(run, provider)
        } catch ProviderError.refused(let reason) {
            log.warning("a provider refused a picture", ["generation": run.id.hex, "reason": reason])
            return try await fail(run, because: .providerError)
        } catch ProviderError.stopped {
            try Task.checkCancellation()
            // Cancelled, or taken over: whoever did that settles it; looking again does no harm.
            if let latest = try await generations.byID(run.id) { try await settle(latest) }
            return
        }
        // The tier at the moment of painting, not the one in a token of then.
        let isFree = try await users.byID(run.userID).map { $0.tier == .free } ?? true
        let milliseconds = Int64((EventLoop.monotonicNanoseconds() - start) / 1_000_000)
        let output = try await gallery.hang(image, of: run, isMarked: isFree, milliseconds: milliseconds)
        guard let completed = try await generations.complete(run, with: output, at: clock()) else {
            await gallery.takeDown(output)
            if let latest = try await generations.byID(run.id) { try await settle(latest) }
            return
        }
        PictureMetrics.painted.with(run.model).increment()
        PictureMetrics.seconds.with(run.model).observe(Double(milliseconds) / 1_000)
        try await settle(completed)
    }

    private func fail(_ job: GenerationRecord, because reason: FailureReason) async throws {
        guard let failed = try await generations.fail(job, because: reason, at: clock()) else { throw Superseded() }
        PictureMetrics.failed.with(reason.rawValue).increment()
        try await settle(failed)
    }

    /// Paints while telling watchers how far it is and asking now and then whether the picture is still wanted.
    private func watched(_ run: GenerationRecord, _ provider: any ImageProvider) async throws -> PixelImage {
        let isWanted = Locked(true)
        let (shares, reports) = AsyncStream<Double>.makeStream(bufferingPolicy: .bufferingNewest(1))
        return try await withTaskCancellationHandler {
            try await withThrowingTaskGroup(of: PixelImage?.self) { group in
                group.addTask {
                    defer { reports.finish() }
                    return try await provider.paint(run) { share in
                        reports.yield(share)
                        return isWanted.withLock { $0 }
                    }
                }
                group.addTask {
                    for await share in shares {
                        try await progress.add(.progress(share), to: run.id, of: run.userID)
                        if try await !generations.isCurrent(run) { isWanted.withLock { $0 = false } }
                    }
                    return nil
                }
                var image: PixelImage?
                do {
                    for try await result in group { image = result ?? image }
                } catch {
                    isWanted.withLock { $0 = false }
                    throw error
                }
                guard let image else { throw ProviderError.stopped }
                return image
            }
        } onCancel: {
            isWanted.withLock { $0 = false }
        }
    }
}

enum PictureMetrics {
    static let painted = Metrics.shared.counter(
        "circle_generations_completed_total", help: "Pictures finished.", labels: ["model"])
    static let failed = Metrics.shared.counter(
        "circle_generations_failed_total", help: "Pictures that came to nothing.", labels: ["reason"])
    static let seconds = Metrics.shared.histogram(
        "circle_generation_seconds", help: "Time to paint a picture.", labels: ["model"])
}
