import Domain
import Telemetry

/// What moves through the books, for whoever watches supply.
enum LedgerMetrics {
    private static let credited = Metrics.shared.counter(
        "circle_gems_credited_total", help: "Gems that entries gave, by why.", labels: ["source"])
    private static let debited = Metrics.shared.counter(
        "circle_gems_debited_total", help: "Gems that entries took, by why.", labels: ["source"])

    /// - Parameter entries: why each was made, and what it moved.
    static func count(_ entries: some Sequence<(source: EntrySource, amount: Gems)>) {
        var (gains, losses): ([EntrySource: Int64], [EntrySource: Int64]) = ([:], [:])
        for entry in entries where entry.amount != 0 {
            if entry.amount > 0 {
                gains[entry.source, default: 0] += entry.amount.count
            } else {
                losses[entry.source, default: 0] -= entry.amount.count
            }
        }
        for (source, amount) in gains { credited.with(source.rawValue).increment(by: Int(clamping: amount)) }
        for (source, amount) in losses { debited.with(source.rawValue).increment(by: Int(clamping: amount)) }
    }
}
