import Domain
import Records

/// What follows from a job's end, whoever brought it about: the hold, the day's quota, the watchers. Safe to repeat.
///
/// The job's status decides, and only that: capture for a picture that is there, release for everything else.
struct SettleGeneration: Sendable {
    let generations: Generations
    let purse: any Purse
    let quota: DayQuota
    let progress: ProgressLog

    func callAsFunction(_ job: GenerationRecord) async throws {
        guard job.status.isTerminal else { return }
        if job.holdKey != nil, !job.holdClosed {
            if job.status == .completed {
                try await purse.capture(job.id, of: job.userID)
            } else {
                try await purse.release(job.id, of: job.userID)
            }
            try await generations.markHoldClosed(job.id)
        }
        if job.quotaDay == nil {
            try await quota.giveBack(job.id, for: job.userID, day: job.createdAt.utcDay)
        }
        try await progress.add(.ended, to: job.id, of: job.userID)
    }
}
