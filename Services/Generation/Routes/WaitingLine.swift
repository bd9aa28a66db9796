import Domain
import Events
import Records

/// Where pictures stand in line and how long that may take.
struct WaitingLine: Sendable {
    let queue: JobQueue
    let models: ModelCatalogue
    /// How many pictures are painted at once, as far as this process knows.
    let hands: Int

    /// Nil for a picture that is not waiting.
    func place(of job: GenerationRecord) async throws -> GenerationView.Line? {
        guard job.status == .queued, let model = try await models.model(job.model) else { return nil }
        let ahead = try await queue.position(job.id.hex) ?? 0
        return line(ahead + 1, model)
    }

    /// Where a picture asked for now would stand.
    func next(for model: ModelRecord) async throws -> GenerationView.Line {
        line(try await queue.depth().waiting + 1, model)
    }

    private func line(_ position: Int, _ model: ModelRecord) -> GenerationView.Line {
        let rounds = (position + hands - 1) / hands
        return GenerationView.Line(
            position: position, estimatedSeconds: max(rounds * model.limits.secondsPerPicture, 1))
    }
}
