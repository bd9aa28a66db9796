import Domain
import Media
import ObjectStore
import Records
import Telemetry

/// Turns a painted picture into files: watermark, a lossless PNG, a JPEG thumbnail, hashes; and takes them down again.
struct Gallery: Sendable {
    private static let thumbnailSide = 384

    let workshop: MediaWorkshop
    let store: any ObjectStore
    /// Where clients reach the gateway, without a slash at the end.
    let publicURL: String
    let log: Logger

    /// Stores the files under keys of this very run and describes them.
    func hang(
        _ image: PixelImage, of job: GenerationRecord, isMarked: Bool, milliseconds: Int64
    ) async throws -> GenerationRecord.Output {
        // Hashes are of the picture itself: the mark must not make two pictures alike.
        let longer = max(image.width, image.height)
        let small = try await workshop.squeezed(
            image, width: max(image.width * 32 / longer, 1), height: max(image.height * 32 / longer, 1))
        let grid = try await workshop.squeezed(image, width: 9, height: 8)
        let shown = isMarked ? try await workshop.watermarked(image) : image
        let file = try await workshop.encode(shown, as: .png)
        let thumbnail = try await workshop.thumbnail(of: shown, side: Self.thumbnailSide, as: .jpeg, quality: 80)
        let folder = "pictures/\(job.id.hex)"
        let imageKey = try ObjectKey("\(folder)/\(job.attempts)-image.png")
        let thumbnailKey = try ObjectKey("\(folder)/\(job.attempts)-thumbnail.jpg")
        try await store.put(imageKey, file.bytes, contentType: ImageFormat.png.contentType)
        try await store.put(thumbnailKey, thumbnail.bytes, contentType: ImageFormat.jpeg.contentType)
        return GenerationRecord.Output(
            imageKey: imageKey.text, thumbnailKey: thumbnailKey.text, imageUrl: "\(publicURL)/media/\(imageKey)",
            thumbnailUrl: "\(publicURL)/media/\(thumbnailKey)", blurhash: BlurHash.encode(small),
            perceptualHash: PerceptualHash(grid: grid)?.description, width: image.width, height: image.height,
            hasWatermark: isMarked, generationTimeMs: milliseconds)
    }

    /// Deletes the files of a run that came too late.
    func takeDown(_ output: GenerationRecord.Output) async {
        for text in [output.imageKey, output.thumbnailKey] {
            do {
                try await store.delete(try ObjectKey(text))
            } catch {
                log.warning("files of a superseded run stay behind", ["key": text, "error": "\(error)"])
            }
        }
    }
}
