import Domain
package import JSON

/// A generation as its owner sees it, over REST and in realtime frames alike.
package struct GenerationView: JSONWritable, Sendable {
    private let job: GenerationRecord
    private let position: Int?
    private let estimatedSeconds: Int?
    private let sign: @Sendable (String) -> String

    /// - Parameters:
    ///   - position: how many are in front, while it waits.
    ///   - sign: makes the address of a private picture reachable for a while.
    package init(
        _ job: GenerationRecord, position: Int? = nil, estimatedSeconds: Int? = nil,
        sign: @escaping @Sendable (String) -> String
    ) {
        self.job = job
        self.position = position
        self.estimatedSeconds = estimatedSeconds
        self.sign = sign
    }

    package func write(to writer: inout JSONWriter) {
        writer.object {
            $0.field("id", job.id.hex)
            $0.field("status", job.status.rawValue)
            $0.field("prompt", job.prompt)
            $0.field("refinedPrompt", job.refinedPrompt)
            $0.field("model", job.model)
            $0.field("seed", job.seed)
            $0.fieldIfPresent("position", position)
            $0.fieldIfPresent("estimatedSeconds", estimatedSeconds)
            $0.field("costGems", job.costGems.count)
            if let output = job.output { write(output, to: &$0) }
            $0.fieldIfPresent("error", job.status == .failed ? job.lastError : nil)
            $0.field("createdAt", job.createdAt.iso8601)
            $0.fieldIfPresent("startedAt", job.startedAt?.iso8601)
            $0.fieldIfPresent("completedAt", job.completedAt?.iso8601)
        }
    }

    private func write(_ output: GenerationRecord.Output, to writer: inout JSONWriter) {
        writer.field("imageUrl", sign(output.imageUrl))
        writer.field("thumbnailUrl", sign(output.thumbnailUrl))
        writer.field("blurhash", output.blurhash)
        writer.field("width", output.width)
        writer.field("height", output.height)
        writer.field("hasWatermark", output.hasWatermark)
        writer.field("generationTimeMs", output.generationTimeMs)
    }

    package static let schema = Schema.named(
        "Generation",
        .object(
            .required("id", .objectID), .required("status", .enumeration(GenerationStatus.allCases.map(\.rawValue))),
            .required("prompt", .string), .required("refinedPrompt", .nullable(.string)), .required("model", .string),
            .required("seed", .integer), .optional("position", .integer), .optional("estimatedSeconds", .integer),
            .required("costGems", .integer), .optional("imageUrl", .string), .optional("thumbnailUrl", .string),
            .optional("blurhash", .string), .optional("width", .integer), .optional("height", .integer),
            .optional("hasWatermark", .boolean), .optional("generationTimeMs", .integer), .optional("error", .string),
            .required("createdAt", .dateTime), .optional("startedAt", .dateTime), .optional("completedAt", .dateTime)))
}
