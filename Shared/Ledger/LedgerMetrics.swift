import Telemetry

/// What moves through the books, for whoever watches supply.
enum LedgerMetrics {
    private static let credited = Metrics.shared.counter(
        "circle_gems_credited_total", help: "Gems that entries gave, by why.", labels: ["source"])
    private static let debited = Metrics.shared.counter(
        "circle_gems_debited_total", help: "Gems that entries took, by why.", labels: ["source"])

    static func count(_ entries: [LedgerEntry]) {
        for (source, entries) in Dictionary(grouping: entries, by: \.source) {
            let gains = entries.reduce(0) { $0 + max(0, $1.amount.count) }
            let losses = entries.reduce(0) { $0 - min(0, $1.amount.count) }
            if gains > 0 { credited.with(source.rawValue).increment(by: Int(clamping: gains)) }
            if losses > 0 { debited.with(source.rawValue).increment(by: Int(clamping: losses)) }
        }
    }
}
