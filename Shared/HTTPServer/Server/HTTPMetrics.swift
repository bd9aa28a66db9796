package import Telemetry

package enum HTTPMetrics {
    /// What was begun for them was done all the same: only a task can be told that its client is gone.
    package static let unheardAnswers = Metrics.shared.counter(
        "circle_http_unheard_answers_total", help: "Answers that came when their client had gone or been given up.")
}
