import Domain
import JSON
import ObjectStore
import Records

/// A picture as its owner sees it.
struct GenerationView: JSONWritable {
    /// Where a queued picture stands in line, 1 being next.
    struct Line: Sendable {
        var position: Int
        var estimatedSeconds: Int
    }

    let job: GenerationRecord
    var line: Line?
    let signer: MediaSigner
    let now: Instant

    /// For so long the addresses in an answer can be used.
    static let addressLife = Duration.hours(24)

    static let schema = Schema.named(
        "Generation",
        .object(
            .required("id", .objectID), .required("status", .enumeration(GenerationStatus.allCases.map(\.rawValue))),
            .required("prompt", .string), .required("refinedPrompt", .nullable(.string)), .required("model", .string),
            .required("seed", .integer), .optional("position", .integer), .optional("estimatedSeconds", .integer),
            .required("costGems", .integer), .optional("imageUrl", .string), .optional("thumbnailUrl", .string),
            .optional("blurhash", .string), .optional("width", .integer), .optional("height", .integer),
            .optional("hasWatermark", .boolean), .optional("generationTimeMs", .integer),
            .optional("error", .object(.required("code", .string), .required("message", .string))),
            .required("createdAt", .dateTime), .optional("startedAt", .dateTime), .optional("completedAt", .dateTime)))

    func write(to writer: inout JSONWriter) {
        writer.object {
            $0.field("id", job.id.hex)
            $0.field("status", job.status.rawValue)
            $0.field("prompt", job.prompt)
            $0.field("refinedPrompt", job.refinedPrompt)
            $0.field("model", job.model)
            $0.field("seed", job.seed)
            $0.fieldIfPresent("position", line?.position)
            $0.fieldIfPresent("estimatedSeconds", line?.estimatedSeconds)
            $0.field("costGems", job.costGems.count)
            if job.status == .completed, let output = job.output { write(output, to: &$0) }
            writeError(to: &$0)
            $0.field("createdAt", job.createdAt.iso8601)
            $0.fieldIfPresent("startedAt", job.startedAt?.iso8601)
            $0.fieldIfPresent("completedAt", job.completedAt?.iso8601)
        }
    }

    private func write(_ output: GenerationRecord.Output, to writer: inout JSONWriter) {
        let until = now + Self.addressLife
        writer.field("imageUrl", signer.sign(output.imageUrl, until: until))
        writer.field("thumbnailUrl", signer.sign(output.thumbnailUrl, until: until))
        writer.field("blurhash", output.blurhash)
        writer.field("width", output.width)
        writer.field("height", output.height)
        writer.field("hasWatermark", output.hasWatermark)
        writer.field("generationTimeMs", output.generationTimeMs)
    }

    private func writeError(to writer: inout JSONWriter) {
        guard job.status == .failed || job.status == .cancelled, let code = job.lastError else { return }
        writer.object("error") {
            $0.field("code", code)
            $0.field("message", FailureReason(rawValue: code)?.message ?? FailureReason.providerError.message)
        }
    }
}
