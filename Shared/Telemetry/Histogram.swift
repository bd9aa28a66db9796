import Synchronization

/// How a figure is distributed, in buckets: durations in seconds unless the name says otherwise.
package final class Histogram: MetricFamily {
    /// From half a millisecond to ten seconds.
    package static let latencyBuckets: [Double] = [
        0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
    ]

    package final class Cell: Sendable {
        struct State {
            var counts: [Int]
            var sum: Double = 0
        }

        let bounds: [Double]
        private let state: Mutex<State>

        init(bounds: [Double]) {
            self.bounds = bounds
            state = Mutex(State(counts: Array(repeating: 0, count: bounds.count + 1)))
        }

        package func observe(_ value: Double) {
            var index = 0
            while index < bounds.count, value > bounds[index] { index += 1 }
            state.withLock { state in
                state.counts[index] += 1
                state.sum += value
            }
        }

        package func observe(nanoseconds: Int64) { observe(Double(nanoseconds) / 1_000_000_000) }

        package func observe(_ duration: Duration) {
            let (seconds, attoseconds) = duration.components
            observe(Double(seconds) + Double(attoseconds) / 1e18)
        }

        package var count: Int { state.withLock { $0.counts.reduce(0, +) } }
        package var sum: Double { state.withLock { $0.sum } }

        func snapshot() -> State { state.withLock { $0 } }
    }

    let name: String
    let help: String
    var type: String { "histogram" }
    private let series: MetricSeries<Cell>
    private let unlabelled: Cell?

    init(name: String, help: String, labels: [String], buckets: [Double]) {
        self.name = name
        self.help = help
        series = MetricSeries(labels: labels) { Cell(bounds: buckets) }
        unlabelled = labels.isEmpty ? series.cell([]) : nil
    }

    /// The series with these label values, in the order of the labels.
    package func with(_ values: String...) -> Cell { series.cell(values) }

    package func observe(_ value: Double) { own.observe(value) }
    package func observe(nanoseconds: Int64) { own.observe(nanoseconds: nanoseconds) }
    package func observe(_ duration: Duration) { own.observe(duration) }

    private var own: Cell { unlabelled ?? series.cell([]) }

    func render(into text: inout MetricText) {
        series.forEach { labels, cell in
            let state = cell.snapshot()
            var total = 0
            for (bound, count) in zip(cell.bounds + [.infinity], state.counts) {
                total += count
                text.sample(
                    "\(name)_bucket", labels: labels + [("le", MetricText.number(bound))], value: Double(total))
            }
            text.sample("\(name)_sum", labels: labels, value: state.sum)
            text.sample("\(name)_count", labels: labels, value: Double(total))
        }
    }
}
