import Telemetry

/// What moves through the books, for whoever watches supply.
enum LedgerMetrics {
    private static let credited = Metrics.shared.counter(
        "circle_gems_credited_total", help: "Gems that entries gave, by why.", labels: ["source"])
    private static let debited = Metrics.shared.counter(
        "circle_gems_debited_total", help: "Gems that entries took, by why.", labels: ["source"])

    static func count(_ entries: [LedgerEntry]) {
        for entry in entries where entry.amount != 0 {
            let amount = Int(clamping: entry.amount.count.magnitude)
            (entry.amount > 0 ? credited : debited).with(entry.source.rawValue).increment(by: amount)
        }
    }
}
