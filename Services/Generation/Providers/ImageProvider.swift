import Domain
import Media
import Records

/// Paints pictures: here, or by asking somebody outside.
protocol ImageProvider: Sendable {
    /// - Parameter progress: told the share that is done; answers false when the picture is no longer wanted.
    /// - Throws: `ProviderError`.
    func paint(
        _ job: GenerationRecord, progress: @escaping @Sendable (Double) -> Bool
    ) async throws(ProviderError) -> PixelImage
}

/// Why a provider brought no picture.
enum ProviderError: Error, Equatable {
    /// Nobody wants it any more.
    case stopped
    /// Trying again later may help.
    case away(String)
    /// Trying again will not help.
    case refused(String)
}

/// The providers of this process, by the name that models carry.
struct Providers: Sendable {
    private let byName: [String: any ImageProvider]

    init(_ byName: [String: any ImageProvider]) { self.byName = byName }

    subscript(_ model: ModelRecord) -> (any ImageProvider)? { byName[model.provider] }

    func isAvailable(_ model: ModelRecord) -> Bool { byName[model.provider] != nil }
}
