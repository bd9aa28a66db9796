import Domain
import HTTPServer
import JSON
import Records
import RedisClient
import Runtime
import ServiceKit

/// What happens to a picture, as server-sent events; a client that comes back goes on after the last it saw.
struct ProgressRoutes: RouteGroup {
    let generations: Generations
    let progress: ProgressLog
    let streams: OpenStreams
    let view: @Sendable (GenerationRecord) async throws -> GenerationView
    /// How often the job itself is looked at, in case a message was lost.
    let look: Duration

    var routes: [Route] {
        [
            Route(
                .get, "/v1/generations/{id}/events", operation: "watchGeneration",
                summary: "Events queued, started, progress, completed, failed; resumes by Last-Event-ID.",
                access: .caller,
                answers: [Answer(.ok, nil, "Server-sent events.", contentType: "text/event-stream")],
                errors: [.notFound],
                handler: watch)
        ]
    }

    private func watch(_ request: Request) async throws -> Response {
        let caller = try request.requireCaller(), user = caller.userID
        guard let id = GenerationID(hex: request.parameters["id"]), let job = try await generations.byID(id, of: user)
        else {
            throw GenerationError.notFound
        }
        let last = request.header("Last-Event-ID").flatMap(RedisStreamID.init)
        // Who has seen the end is told not to come back.
        if job.status.isTerminal, let last, let ended = endID(of: job), last >= ended { return .noContent }
        return .events { stream in
            do {
                try await follow(job, to: stream, for: caller, after: last)
            } catch {
                // The client left, or a store is away: it comes back with the id of the last event it saw.
            }
        }
    }

    /// Sends events until the picture's end, the token's end, or the session's. First what is kept, then what comes.
    private func follow(
        _ job: GenerationRecord, to stream: EventStream, for caller: Caller, after last: RedisStreamID?
    ) async throws {
        try await stream.retry(after: .seconds(1))
        let (wakes, waker) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
        let changes = progress.changes(of: job.id)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                for await _ in changes { waker.yield() }
            }
            group.addTask {
                while Instant.now() < caller.tokenExpiresAt {
                    waker.yield()
                    guard let loop = EventLoop.current else { return }
                    try await loop.sleep(for: look)
                }
                waker.finish()
            }
            defer { group.cancelAll() }
            try await streams.during(caller, close: { waker.finish() }) {
                var last = last
                for await _ in wakes {
                    if try await pass(job.id, of: caller.userID, on: stream, after: &last) { return }
                }
            }
        }
    }

    /// Sends what is new. - Returns: whether there will be no more.
    private func pass(
        _ id: GenerationID, of user: UserID, on stream: EventStream, after last: inout RedisStreamID?
    ) async throws -> Bool {
        for entry in try await progress.entries(of: id, user: user, after: last) {
            last = entry.id
            if try await send(entry, id, user, to: stream) { return true }
        }
        guard !stream.isClosed, let now = try await generations.byID(id, of: user) else { return true }
        guard now.status.isTerminal, let ended = endID(of: now) else { return false }
        // The play-by-play was lost or is late; the job knows its end.
        let name = now.status == .completed ? "completed" : "failed"
        try await stream.send(name, try await view(now), id: "\(ended)")
        return true
    }

    /// - Returns: whether that was the end.
    private func send(
        _ entry: ProgressLog.Entry, _ id: GenerationID, _ user: UserID, to stream: EventStream
    ) async throws -> Bool {
        if case .progress(let share) = entry.step {
            try await stream.send("progress", Share(id: id, progress: share), id: "\(entry.id)")
            return false
        }
        guard let job = try await generations.byID(id, of: user) else { return true }
        let name: String
        switch entry.step {
        case .queued: name = "queued"
        case .started, .progress: name = "started"
        case .ended: name = job.status == .completed ? "completed" : "failed"
        }
        let isEnd = entry.step == .ended && job.status.isTerminal
        try await stream.send(name, try await view(job), id: isEnd ? endID(of: job).map { "\($0)" } : "\(entry.id)")
        return isEnd
    }

    /// The id of the last event: derived from the job, so that it is the same however it was learnt of.
    private func endID(of job: GenerationRecord) -> RedisStreamID? {
        job.completedAt.flatMap { RedisStreamID("\($0.milliseconds)-999999") }
    }

    private struct Share: JSONWritable {
        let id: GenerationID
        let progress: Double

        func write(to writer: inout JSONWriter) {
            writer.object {
                $0.field("id", id.hex)
                $0.field("progress", progress)
            }
        }
    }
}
