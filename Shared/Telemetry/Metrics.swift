import Synchronization

/// The process's metrics, rendered as Prometheus text.
///
/// Asking twice for the same name gives the same metric, so that any number of instances of a type share it. Labels are
/// closed sets that the code decides (route patterns, group names), never what a client sent.
package final class Metrics: Sendable {
    package static let shared = Metrics()

    private struct Registry {
        var families: [String: any MetricFamily] = [:]
        var readings: [String: Reading] = [:]
    }

    private struct Reading {
        let help: String
        let type: String
        let read: @Sendable () -> [(labels: [(String, String)], value: Double)]
    }

    private let registry = Mutex(Registry())

    package init() {}

    package func counter(_ name: String, help: String, labels: [String] = []) -> Counter {
        family(name) { Counter(name: name, help: help, labels: labels) }
    }

    package func gauge(_ name: String, help: String, labels: [String] = []) -> Gauge {
        family(name) { Gauge(name: name, help: help, labels: labels) }
    }

    /// - Parameter buckets: upper bounds, ascending, without the infinite one.
    package func histogram(
        _ name: String, help: String, labels: [String] = [], buckets: [Double] = Histogram.latencyBuckets
    ) -> Histogram {
        family(name) { Histogram(name: name, help: help, labels: labels, buckets: buckets) }
    }

    /// A gauge that is asked for its values when the metrics are read: for figures that somebody else keeps anyway.
    /// A second registration under the same name replaces the first.
    package func reading(
        _ name: String, help: String, type: String = "gauge",
        _ read: @escaping @Sendable () -> [(labels: [(String, String)], value: Double)]
    ) {
        registry.withLock { $0.readings[name] = Reading(help: help, type: type, read: read) }
    }

    /// Prometheus text format 0.0.4, metrics by name.
    package func render() -> String {
        let (families, readings) = registry.withLock { ($0.families, $0.readings) }
        var texts: [String: String] = [:]
        for (name, family) in families {
            var text = MetricText()
            text.header(name: name, help: family.help, type: family.type)
            family.render(into: &text)
            texts[name] = text.text
        }
        for (name, reading) in readings {
            var text = MetricText()
            text.header(name: name, help: reading.help, type: reading.type)
            for sample in reading.read() { text.sample(name, labels: sample.labels, value: sample.value) }
            texts[name] = text.text
        }
        return texts.sorted { $0.key < $1.key }.map(\.value).joined()
    }

    private func family<Family: MetricFamily>(_ name: String, make: () -> Family) -> Family {
        registry.withLock { registry in
            if let existing = registry.families[name] {
                guard let family = existing as? Family else {
                    preconditionFailure("metric \(name) is registered as another type")
                }
                return family
            }
            let family = make()
            registry.families[name] = family
            return family
        }
    }
}

/// All series of one metric name.
protocol MetricFamily: Sendable {
    var help: String { get }
    var type: String { get }
    func render(into text: inout MetricText)
}
