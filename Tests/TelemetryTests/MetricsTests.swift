import Testing

@testable import Telemetry

@Suite struct MetricsTests {
    @Test func `the same name gives the same metric`() {
        let metrics = Metrics()
        metrics.counter("a_total", help: "A.").increment()
        metrics.counter("a_total", help: "A.").increment(by: 2)
        #expect(metrics.render() == "# HELP a_total A.\n# TYPE a_total counter\na_total 3\n")
    }

    @Test func `labels are rendered in their order and escaped`() {
        let metrics = Metrics()
        let counter = metrics.counter("b_total", help: "B.", labels: ["route", "code"])
        counter.with("/x\"y", "200").increment()
        #expect(metrics.render().contains(#"b_total{route="/x\"y",code="200"} 1"#))
    }

    @Test func `histogram buckets are cumulative`() {
        let metrics = Metrics()
        let histogram = metrics.histogram("h_seconds", help: "H.", buckets: [0.1, 1])
        histogram.observe(0.1)
        histogram.observe(0.5)
        histogram.observe(3)
        let text = metrics.render()
        #expect(text.contains(#"h_seconds_bucket{le="0.1"} 1"#))
        #expect(text.contains(#"h_seconds_bucket{le="1"} 2"#))
        #expect(text.contains(#"h_seconds_bucket{le="+Inf"} 3"#))
        #expect(text.contains("h_seconds_sum 3.6"))
        #expect(text.contains("h_seconds_count 3"))
    }

    @Test func `concurrent changes of a gauge all count`() async {
        let gauge = Metrics().gauge("g", help: "G.")
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<8 { group.addTask { for _ in 0..<1000 { gauge.increment() } } }
        }
        #expect(gauge.value == 8000)
    }

    @Test func `a reading is taken when the metrics are read`() {
        let metrics = Metrics()
        metrics.reading("r", help: "R.") { [([("x", "y")], 1.5)] }
        #expect(metrics.render().contains(#"r{x="y"} 1.5"#))
    }
}
