import BSON
import Domain
import Events
import MongoClient
import Records

/// The jobs, and the only place that changes them. Every change of status is a compare-and-set on the status before.
struct Generations: Sendable {
    /// A job that came to nothing goes after a week.
    static let keptAfterFailure = Duration.days(7)
    private static let unfinished: BSONValue = ["$in": ["queued", "processing"]]

    let collection: MongoCollection
    let outbox: Outbox
    private let lookup: Lookup<GenerationRecord>

    init(database: MongoDatabase, bus: EventBus) {
        collection = database.collection(GenerationRecord.collection.name)
        outbox = Outbox(collection: collection, bus: bus)
        lookup = Lookup(in: database)
    }

    func byID(_ id: GenerationID) async throws -> GenerationRecord? { try await lookup.byID(.id(id)) }

    /// A person's own picture; nil for one of others, and for a deleted one.
    func byID(_ id: GenerationID, of user: UserID) async throws -> GenerationRecord? {
        try await lookup.first(["_id": .id(id), "userId": .id(user), "deletedAt": ["$exists": false]])
    }

    /// A person's pictures, the newest first.
    func page(
        of user: UserID, status: GenerationStatus?, after place: TimePlace<Tags.Generation>?, limit: Int
    ) async throws -> [GenerationRecord] {
        var filter: BSONDocument = ["userId": .id(user), "deletedAt": ["$exists": false]]
        filter.append("status", ifPresent: status.map { .string($0.rawValue) })
        filter.append(behind: place)
        return try await lookup.matching(filter, sort: ["createdAt": -1, "_id": -1], limit: limit)
    }

    // MARK: From asking to painting

    /// - Returns: false when the job is there already.
    func insert(_ job: GenerationRecord) async throws -> Bool {
        do {
            try await collection.insert(job.document)
            return true
        } catch  where error.isDuplicateKey {
            return false
        }
    }

    /// Takes a job back that was refused before anybody saw it.
    func withdraw(_ id: GenerationID) async throws {
        try await collection.delete(["_id": .id(id), "status": "queued", "attempts": .int64(0)])
    }

    /// Stores events with the job and publishes them.
    func announce(_ events: [OutgoingEvent], of id: GenerationID) async throws {
        try await collection.update(["_id": .id(id)], ["$push": .document(events.outboxPush)])
        await outbox.deliver(events, of: ["_id": .id(id)])
    }

    /// Begins another run of a job, if it still is as it was seen. The run's number fences off every run before it.
    func begin(_ seen: GenerationRecord, by worker: String, at now: Instant) async throws -> GenerationRecord? {
        let run = seen.attempts + 1
        let event = OutgoingEvent(
            GenerationStarted(
                generationID: seen.id, userID: seen.userID, model: seen.model, attempt: Int(run), startedAt: now),
            at: now)
        return try await change(
            ["_id": .id(seen.id), "status": Self.unfinished, "attempts": .int64(seen.attempts)],
            set: [
                "status": "processing", "attempts": .int64(run), "workerId": .string(worker),
                "startedAt": .instant(seen.startedAt ?? now), "updatedAt": .instant(now),
            ], event: event)
    }

    /// Whether a run is still the one that is wanted.
    func isCurrent(_ job: GenerationRecord) async throws -> Bool {
        try await collection.findOne(
            ["_id": .id(job.id), "status": "processing", "attempts": .int64(job.attempts)], projection: ["_id": 1])
            != nil
    }

    // MARK: Ends

    /// The picture is there. Nil when the job ended otherwise meanwhile, or another run has it.
    func complete(
        _ job: GenerationRecord, with output: GenerationRecord.Output, at now: Instant
    ) async throws -> GenerationRecord? {
        var set: BSONDocument = ["status": "completed", "completedAt": .instant(now), "updatedAt": .instant(now)]
        output.append(to: &set)
        let event = OutgoingEvent(
            GenerationCompleted(
                generationID: job.id, userID: job.userID, model: job.model, prompt: job.prompt,
                imageUrl: output.imageUrl,
                thumbnailUrl: output.thumbnailUrl, blurhash: output.blurhash, width: output.width,
                height: output.height,
                hasWatermark: output.hasWatermark, costGems: job.costGems, generationTimeMs: output.generationTimeMs,
                completedAt: now), at: now)
        return try await change(
            ["_id": .id(job.id), "status": "processing", "attempts": .int64(job.attempts)], set: set, event: event)
    }

    /// No picture will come of it. What failed does not count for the day.
    func fail(_ job: GenerationRecord, because reason: FailureReason, at now: Instant) async throws -> GenerationRecord?
    {
        try await end(job, as: .failed, because: reason, counts: false, at: now)
    }

    /// Its owner wants it no more. One that was not begun does not count for the day.
    func cancel(_ job: GenerationRecord, at now: Instant) async throws -> GenerationRecord? {
        try await end(job, as: .cancelled, because: .cancelled, counts: job.status == .processing, at: now)
    }

    private func end(
        _ job: GenerationRecord, as status: GenerationStatus, because reason: FailureReason, counts: Bool,
        at now: Instant
    ) async throws -> GenerationRecord? {
        let event = OutgoingEvent(
            GenerationFailed(
                generationID: job.id, userID: job.userID, model: job.model, reason: reason.rawValue,
                message: reason.message,
                isCancelled: status == .cancelled, failedAt: now), at: now)
        return try await change(
            ["_id": .id(job.id), "status": .string(job.status.rawValue), "attempts": .int64(job.attempts)],
            set: [
                "status": .string(status.rawValue), "lastError": .string(reason.rawValue), "completedAt": .instant(now),
                "expiresAt": .instant(now + Self.keptAfterFailure), "updatedAt": .instant(now),
            ], unset: counts ? nil : ["quotaDay": ""], event: event)
    }

    private func change(
        _ filter: BSONDocument, set: BSONDocument, unset: BSONDocument? = nil, event: OutgoingEvent
    ) async throws -> GenerationRecord? {
        var update: BSONDocument = ["$set": .document(set), "$push": .document([event].outboxPush)]
        update.append("$unset", ifPresent: unset.map { .document($0) })
        guard let document = try await collection.findAndModify(filter, update: update) else { return nil }
        let changed = try GenerationRecord(document)
        await outbox.deliver([event], of: ["_id": .id(changed.id)])
        return changed
    }

    // MARK: What follows an end

    func markHoldClosed(_ id: GenerationID) async throws {
        try await collection.update(["_id": .id(id)], ["$set": ["holdClosed": true]])
    }

    /// Hides a finished picture; its files go next. The document goes a day later, since it counts for its day.
    func hide(_ id: GenerationID, at now: Instant) async throws {
        try await collection.update(
            ["_id": .id(id)], ["$set": ["deletedAt": .instant(now), "updatedAt": .instant(now)]])
    }

    func remove(_ id: GenerationID) async throws { try await collection.delete(["_id": .id(id)]) }

    // MARK: For the sweeper

    /// Ended jobs whose hold is still open.
    func withOpenHolds(endedBefore time: Instant) async throws -> [GenerationRecord] {
        try await lookup.matching(
            [
                "holdClosed": false, "updatedAt": ["$lt": .instant(time)],
                "status": ["$in": ["completed", "failed", "cancelled"]],
            ], limit: 100)
    }

    /// Jobs that nobody has touched for a while.
    func unfinished(untouchedSince time: Instant) async throws -> [GenerationRecord] {
        try await lookup.matching(
            ["status": Self.unfinished, "updatedAt": ["$lt": .instant(time)]], sort: ["priority": -1, "createdAt": 1],
            limit: 200)
    }

    /// Pictures that their owners deleted a while ago.
    func hidden(before time: Instant) async throws -> [GenerationRecord] {
        try await lookup.matching(["deletedAt": ["$lt": .instant(time)]], limit: 100)
    }
}
