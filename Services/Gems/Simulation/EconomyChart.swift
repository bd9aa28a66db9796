/// Lines over days, as an SVG that any browser shows.
struct EconomyChart {
    private static let width = 860.0
    private static let height = 150.0
    private static let left = 70.0

    let days: [EconomySimulation.Day]

    var svg: String {
        let panels: [(title: String, color: String, values: [Double])] = [
            ("supply, gems", "#2b6cb0", days.map { Double($0.supply) }),
            ("emitted a day, gems", "#2f855a", days.map { Double($0.minted + $0.promoted) }),
            ("burned a day, gems", "#c05621", days.map { Double($0.burned) }),
            ("velocity, spent in a week by supply", "#6b46c1", days.map(\.velocity)),
            ("concentration, Gini", "#b83280", days.map(\.gini)),
        ]
        let total = Double(panels.count) * (Self.height + 40) + 10
        var lines = [
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"960\" height=\"\(Int(total))\" font-family=\"sans-serif\" "
                + "font-size=\"12\">", "<rect width=\"100%\" height=\"100%\" fill=\"white\"/>",
        ]
        for (index, panel) in panels.enumerated() {
            lines += Self.panel(panel.title, panel.color, panel.values, top: 30 + Double(index) * (Self.height + 40))
        }
        return (lines + ["</svg>"]).joined(separator: "\n") + "\n"
    }

    private static func panel(_ title: String, _ color: String, _ values: [Double], top: Double) -> [String] {
        let highest = max(values.max() ?? 0, 1e-9)
        let step = width / Double(max(1, values.count - 1))
        let points = values.enumerated().map { index, value in
            "\(tenths(left + Double(index) * step)),\(tenths(top + height - value / highest * height))"
        }
        return [
            "<text x=\"\(left)\" y=\"\(top - 8)\">\(title)</text>",
            "<text x=\"\(left - 6)\" y=\"\(top + 10)\" text-anchor=\"end\">\(hundredths(highest))</text>",
            "<text x=\"\(left - 6)\" y=\"\(top + height)\" text-anchor=\"end\">0</text>",
            "<rect x=\"\(left)\" y=\"\(top)\" width=\"\(width)\" height=\"\(height)\" fill=\"none\" stroke=\"#ccc\"/>",
            "<polyline fill=\"none\" stroke=\"\(color)\" stroke-width=\"1.5\" points=\"\(points.joined(separator: " "))\"/>",
        ]
    }

    private static func tenths(_ value: Double) -> Double { (value * 10).rounded() / 10 }
    private static func hundredths(_ value: Double) -> Double { (value * 100).rounded() / 100 }
}
