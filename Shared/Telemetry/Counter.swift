import Synchronization

/// A figure that only grows. Keep the cell of a hot series: `let hits = counter.with("hit")`, then `hits.increment()`.
package final class Counter: MetricFamily {
    package final class Cell: Sendable {
        private let count = Atomic<Int>(0)

        package func increment(by amount: Int = 1) { count.add(amount, ordering: .relaxed) }
        package var value: Int { count.load(ordering: .relaxed) }
    }

    let name: String
    let help: String
    var type: String { "counter" }
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

    /// Counts on the metric without labels.
    package func increment(by amount: Int = 1) { (unlabelled ?? series.cell([])).increment(by: amount) }

    package var value: Int { (unlabelled ?? series.cell([])).value }

    func render(into text: inout MetricText) {
        series.forEach { labels, cell in text.sample(name, labels: labels, value: Double(cell.value)) }
    }
}
