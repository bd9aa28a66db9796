import Media
import Painter
import Records
import Runtime

/// The painter of this repository: real pictures without a model, on the CPU.
///
/// Threads versus processors: a picture keeps one thread busy for about a second, so the pool has as many threads as the
/// worker takes jobs at once.
struct EmbeddedProvider: ImageProvider {
    static let name = "embedded"

    private let pool: BlockingPool

    init(threads: Int) { pool = BlockingPool(name: "painter", threads: threads, queueLimit: threads * 2) }

    func paint(
        _ job: GenerationRecord, progress: @escaping @Sendable (Double) -> Bool
    ) async throws(ProviderError) -> PixelImage {
        let wish = job.refinedPrompt.flatMap { $0.isEmpty ? nil : $0 } ?? job.prompt
        let order = PaintOrder(
            prompt: wish, negativePrompt: job.negativePrompt ?? "", seed: UInt64(bitPattern: job.seed),
            width: job.width ?? 768, height: job.height ?? 768,
            style: job.model == "sketch-plus" ? .sketchPlus : .sketch,
            steps: job.steps ?? 20, guidance: Float(job.cfgScale ?? 7))
        let picture: Picture?
        do {
            picture = try await pool.run { Painter.paint(order, progress: progress) }
        } catch {
            throw .away("\(error)")
        }
        guard let picture else { throw .stopped }
        guard let image = PixelImage(width: picture.width, height: picture.height, rgba: picture.rgba) else {
            throw .refused("unexpected size")
        }
        return image
    }
}
