import Domain
import Events
import ObjectStore
import Records

/// Cancels a picture that is not finished, or deletes one that is.
struct CancelGeneration: Sendable {
    let generations: Generations
    let settle: SettleGeneration
    let queue: JobQueue
    let posts: PostLookup
    let store: any ObjectStore
    let clock: @Sendable () -> Instant

    /// - Throws: `notFound`; `posted` for a picture that a post shows.
    func callAsFunction(_ id: GenerationID, of user: UserID) async throws {
        // The job may change between look and leap a few times, never often.
        for _ in 0..<5 {
            guard let job = try await generations.byID(id, of: user) else { throw GenerationError.notFound }
            switch job.status {
            case .failed, .cancelled: return
            case .completed: return try await delete(job)
            case .queued, .processing:
                guard let cancelled = try await generations.cancel(job, at: clock()) else { continue }
                try await queue.cancel(id.hex)
                return try await settle(cancelled)
            }
        }
    }

    private func delete(_ job: GenerationRecord) async throws {
        if let post = try await posts.of(job.id), !post.isDeleted { throw GenerationError.posted }
        try await generations.hide(job.id, at: clock())
        try await removeFiles(of: job)
    }

    /// Deletes the files; the sweeper removes the document later.
    func removeFiles(of job: GenerationRecord) async throws {
        guard let output = job.output else { return }
        for text in [output.imageKey, output.thumbnailKey] { try await store.delete(try ObjectKey(text)) }
    }
}
