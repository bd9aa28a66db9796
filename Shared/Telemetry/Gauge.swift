import Synchronization

/// A figure that goes up and down.
package final class Gauge: MetricFamily {
    package final class Cell: Sendable {
        private let bits = Atomic<UInt64>(0)

        package func set(_ value: Double) { bits.store(value.bitPattern, ordering: .relaxed) }
        package func set(_ value: Int) { set(Double(value)) }

        package func add(_ amount: Double) {
            var seen = bits.load(ordering: .relaxed)
            while true {
                let wanted = (Double(bitPattern: seen) + amount).bitPattern
                let (exchanged, original) = bits.compareExchange(expected: seen, desired: wanted, ordering: .relaxed)
                if exchanged { return }
                seen = original
            }
        }

        package func increment() { add(1) }
        package func decrement() { add(-1) }
        package var value: Double { Double(bitPattern: bits.load(ordering: .relaxed)) }
    }

    let name: String
    let help: String
    var type: String { "gauge" }
    private let series: MetricSeries<Cell>
    private let unlabelled: Cell?

    init(name: String, help: String, labels: [String]) {
        self.name = name
        self.help = help
        series = MetricSeries(labels: labels) { Cell() }
        unlabelled = labels.isEmpty ? series.cell([]) : nil
    }

    /// The series with these label values, in the order of the labels.
    package func with(_ values: String...) -> Cell { series.cell(values) }

    package func set(_ value: Double) { own.set(value) }
    package func set(_ value: Int) { own.set(value) }
    package func add(_ amount: Double) { own.add(amount) }
    package func increment() { own.add(1) }
    package func decrement() { own.add(-1) }
    package var value: Double { own.value }

    private var own: Cell { unlabelled ?? series.cell([]) }

    func render(into text: inout MetricText) {
        series.forEach { labels, cell in text.sample(name, labels: labels, value: cell.value) }
    }
}
