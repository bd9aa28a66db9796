import BSON
import ContentRules
import Domain
import Events
import HTTPServer
import Records
import Security
import ServiceKit

/// Accepts a wish for a picture: rules, price, unlock, quota, job, hold, queue; each step may be repeated by a retry.
struct RequestGeneration: Sendable {
    let generations: Generations
    let models: ModelCatalogue
    let providers: Providers
    let rules: ContentRules
    let quota: DayQuota
    let purse: any Purse
    let users: UserLookup
    let queue: JobQueue
    let progress: ProgressLog
    let economy: EconomyConfiguration
    let clock: @Sendable () -> Instant

    /// - Throws: `GenerationError`; a validation problem for what the model cannot paint.
    func callAsFunction(_ wish: PictureRequest, of caller: Caller, key: RequestKey) async throws -> GenerationRecord {
        let id = GenerationID(key.objectID("generation"))
        if let existing = try await generations.byID(id) { return try await launch(existing) }
        let model = try await model(for: wish)
        guard wish.maxCostGems.map({ $0 >= model.costGems.count }) ?? true else {
            throw GenerationError.costExceedsLimit(cost: model.costGems)
        }
        if model.needsUnlock {
            guard try await purse.hasUnlocked(model, caller.userID) else {
                throw GenerationError.modelLocked(unlockGems: model.unlockGems)
            }
        }
        let now = clock()
        try await takeQuota(id, of: caller, at: now)
        let job = wish.job(id: id, for: caller, requestKey: key.digest, model: model, at: now)
        guard try await generations.insert(job) else {
            // Another try of the same request got here first.
            guard let existing = try await generations.byID(id) else { throw GenerationError.notFound }
            return try await launch(existing)
        }
        return try await launch(job)
    }

    /// What every wish has to pass, quoted or ordered.
    ///
    /// - Returns: the model that will paint it.
    func model(for wish: PictureRequest) async throws -> ModelRecord {
        // What somebody does not want to see in a picture may be named.
        let verdict = rules.check(wish.prompt, wish.refinedPrompt)
        guard !verdict.isRefused else { throw GenerationError.promptRejected(rules: verdict.matched) }
        guard let model = try await models.model(wish.modelID) else { throw GenerationError.unknownModel }
        let misfits = wish.misfits(model.limits)
        guard misfits.isEmpty else { throw Problem(.validationFailed, errors: misfits) }
        guard providers.isAvailable(model) else { throw GenerationError.modelUnavailable }
        return model
    }

    /// The tier in a token may be old: before refusing, the person's own document is asked.
    private func takeQuota(_ id: GenerationID, of caller: Caller, at now: Instant) async throws {
        let limit = economy.generationsPerDay[caller.tier]
        if try await quota.take(id, for: caller.userID, limit: limit, at: now) { return }
        let current = try await users.byID(caller.userID)?.tier ?? caller.tier
        let currentLimit = economy.generationsPerDay[current]
        if currentLimit > limit,
            try await quota.take(id, for: caller.userID, limit: currentLimit, at: now)
        {
            return
        }
        throw GenerationError.quotaExceeded(limit: max(limit, currentLimit), wait: now.nextUTCDay - now)
    }

    /// Holds the price, queues the job and tells of it. Safe to repeat.
    private func launch(_ job: GenerationRecord) async throws -> GenerationRecord {
        guard job.status == .queued, job.deletedAt == nil else { return job }
        let day = job.createdAt.utcDay
        if job.holdKey != nil {
            do {
                try await purse.hold(job.costGems, for: job.id, of: job.userID, requestKey: job.requestKey)
            } catch GenerationError.insufficientGems {
                try await generations.withdraw(job.id)
                try await quota.giveBack(job.id, for: job.userID, day: day)
                throw GenerationError.insufficientGems
            }
        }
        try await quota.confirm(job.id, for: job.userID, day: day)
        let isNew = try await queue.enqueue(job.id.hex, payload: [], priority: Int(job.priority))
        guard isNew else { return job }
        try await progress.add(.queued, to: job.id, of: job.userID)
        let event = GenerationQueued(
            generationID: job.id, userID: job.userID, model: job.model, prompt: job.prompt, costGems: job.costGems,
            queuedAt: job.createdAt)
        let eventID = EventID(ObjectID.deriving(["generation-queued", job.id.hex]))
        try await generations.announce([OutgoingEvent(event, at: job.createdAt, id: eventID)], of: job.id)
        return job
    }
}
