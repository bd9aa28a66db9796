import Lifecycle
import RedisClient
import Runtime
import Telemetry

/// Works a queue: leases jobs, keeps the leases alive, completes or gives back.
///
/// A handler that throws `JobAbandoned` sets the job aside; where a dependency is away the job is given back without
/// counting the attempt; any other error counts. A handler whose lease was lost is cancelled.
package struct JobWorker: Service {
    private let queue: JobQueue
    private let concurrency: Int
    private let handle: @Sendable (Job) async throws -> Void
    private let log: Logger

    /// - Parameter concurrency: jobs under way at once in this process.
    package init(
        _ queue: JobQueue, concurrency: Int = 4, handle: @escaping @Sendable (Job) async throws -> Void
    ) {
        self.queue = queue
        self.concurrency = concurrency
        self.handle = handle
        log = Logger(label: "jobs").with("queue", queue.name)
    }

    package func run() async throws {
        await withTaskGroup(of: Void.self) { tasks in
            for _ in 0..<concurrency { tasks.addTask { await work() } }
            tasks.addTask { await measure() }
        }
    }

    private func work() async {
        var idle = Duration.milliseconds(20)
        while !Stopping.isAsked {
            do {
                let jobs = try await queue.reserve(1)
                guard let job = jobs.first else {
                    await Stopping.pause(idle)
                    idle = min(idle * 2, .milliseconds(300))
                    continue
                }
                idle = .milliseconds(20)
                try await settle(job, await attempt(job))
            } catch {
                log.warning("queue is away", ["error": "\(error)"])
                await Stopping.pause(.milliseconds(500))
            }
        }
    }

    private func attempt(_ job: Job) async -> DeliveryOutcome {
        await withTaskGroup(of: DeliveryOutcome?.self) { tasks in
            tasks.addTask {
                do {
                    try await handle(job)
                    return .done
                } catch let error as JobAbandoned {
                    return .rejected(error.reason)
                } catch {
                    return DeliveryOutcome(error)
                }
            }
            tasks.addTask {
                await keepLease(job)
                return nil
            }
            // The handler's end, or the lease's: then the handler is cancelled and its end awaited.
            let first = await tasks.next() ?? nil
            tasks.cancelAll()
            let second = await tasks.next() ?? nil
            return first ?? second ?? .postponed("the lease was lost")
        }
    }

    /// Returns when the lease is lost or the task is cancelled.
    private func keepLease(_ job: Job) async {
        while !Task.isCancelled {
            let sleeper = EventLoop.current
            do {
                if let sleeper {
                    try await sleeper.sleep(for: queue.lease / 3)
                } else {
                    try await Task.sleep(for: queue.lease / 3)
                }
                guard try await queue.heartbeat(job) else { return }
            } catch is CancellationError {
                return
            } catch {
                log.warning("a lease could not be extended", ["job": job.id, "error": "\(error)"])
            }
        }
    }

    private func settle(_ job: Job, _ outcome: DeliveryOutcome) async throws(RedisError) {
        let isOurs: Bool
        switch outcome {
        case .done: isOurs = try await queue.complete(job)
        case .rejected(let reason): isOurs = try await queue.abandon(job, reason: reason)
        case .failed(let reason): isOurs = try await queue.fail(job, reason: reason)
        case .postponed: isOurs = try await queue.release(job)
        }
        EventMetrics.handled.with(queue.name).increment()
        if outcome == .done, isOurs { return }
        log.warning(
            "a job was not completed",
            ["job": job.id, "attempt": "\(job.attempt)", "outcome": "\(outcome)", "lease": isOurs ? "kept" : "lost"])
    }

    private func measure() async {
        while !Stopping.isAsked {
            do {
                EventMetrics.backlog.with(queue.name).set(try await queue.depth().backlog)
            } catch {
                log.debug("the queue cannot be measured", ["error": "\(error)"])
            }
            await Stopping.pause(.seconds(5))
        }
    }
}
