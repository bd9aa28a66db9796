import Domain
package import JSON

/// A generation as its owner sees it, over REST and in realtime frames alike.
package struct GenerationView: JSONWritable, Sendable {
    /// Where a queued picture stands in line, 1 being next.
    package struct Line: Sendable {
        package let position: Int
        package let estimatedSeconds: Int

        package init(position: Int, estimatedSeconds: Int) {
            self.position = position
            self.estimatedSeconds = estimatedSeconds
        }
    }

    /// For so long the addresses of private pictures in an answer can be used.
    package static let addressLife = Duration.hours(24)

    package let job: GenerationRecord
    private let line: Line?
    private let sign: @Sendable (String) -> String

    /// - Parameters:
    ///   - line: nil when it does not wait, or in frames, which tell of changes only.
    ///   - sign: makes the address of a private picture reachable for a while.
    package init(_ job: GenerationRecord, line: Line? = nil, sign: @escaping @Sendable (String) -> String) {
        self.job = job
        self.line = line
        self.sign = sign
    }

    package static let schema = Schema.named(
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

    package func write(to writer: inout JSONWriter) {
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
        writer.field("imageUrl", sign(output.imageUrl))
        writer.field("thumbnailUrl", sign(output.thumbnailUrl))
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
            $0.field("message", (FailureReason(rawValue: code) ?? .providerError).message)
        }
    }
}
