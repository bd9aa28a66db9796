import JSON

/// One figure that a benchmark found, beside its peer's.
struct Finding: JSONWritable {
    let name: String
    let figure: Double
    let unit: String
    /// What it was compared with; nil where the figure stands alone.
    var peer: String?
    /// Ours by the peer's; the median over rounds.
    var ratio: Double?
    /// Largest minus smallest round, by the median.
    let spread: Double
    /// The ratio, or the figure where there is no ratio, that must not be exceeded.
    var limit: Double?
    /// The ratio, or the figure where there is no ratio, that must be reached.
    var atLeast: Double?

    var isWithinLimit: Bool {
        let value = ratio ?? figure
        return value <= limit ?? .infinity && value >= atLeast ?? -.infinity
    }

    func write(to writer: inout JSONWriter) {
        writer.object {
            $0.field("name", name)
            $0.field("figure", Self.rounded(figure))
            $0.field("unit", unit)
            $0.field("peer", peer)
            $0.field("ratio", ratio.map(Self.rounded))
            $0.field("spread", Self.rounded(spread))
            $0.field("limit", limit)
            $0.field("atLeast", atLeast)
        }
    }

    var line: String {
        var line = "\(name): \(Self.rounded(figure)) \(unit), spread \(Int((spread * 100).rounded())) %"
        if let peer, let ratio { line += ", \(Self.rounded(ratio)) of \(peer)" }
        if let limit { line += isWithinLimit ? " (at most \(limit))" : " (OVER \(limit))" }
        if let atLeast { line += isWithinLimit ? " (at least \(atLeast))" : " (UNDER \(atLeast))" }
        return line
    }

    private static func rounded(_ value: Double) -> Double { (value * 100).rounded() / 100 }
}

extension Finding {
    /// Rounds of ours beside the peer's of the same turn.
    init(
        name: String, unit: String, ours: [Double], peer: String, theirs: [Double], limit: Double? = nil,
        atLeast: Double? = nil
    ) {
        self.init(
            name: name, figure: ours.median, unit: unit, peer: "\(peer) (\(Self.rounded(theirs.median)))",
            ratio: zip(ours, theirs).map { $0 / $1 }.median, spread: ours.spread, limit: limit, atLeast: atLeast)
    }
}

extension [Double] {
    var median: Double {
        let sorted = self.sorted()
        guard !sorted.isEmpty else { return 0 }
        let middle = sorted.count / 2
        return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
    }

    /// Largest minus smallest, by the median.
    var spread: Double { median > 0 ? ((self.max() ?? 0) - (self.min() ?? 0)) / median : 0 }
}
