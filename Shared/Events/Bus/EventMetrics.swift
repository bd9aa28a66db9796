import Telemetry

enum EventMetrics {
    static let published = Metrics.shared.counter(
        "circle_events_published_total", help: "Events appended to their streams.", labels: ["type"])
    static let handled = Metrics.shared.counter(
        "circle_events_handled_total", help: "Stream entries handled and acknowledged.", labels: ["group"])
    static let retried = Metrics.shared.counter(
        "circle_events_retried_total", help: "Stream entries left for another attempt.", labels: ["group"])
    static let dead = Metrics.shared.counter(
        "circle_events_dead_total", help: "Stream entries moved to the dead letters.", labels: ["group"])
    static let backlog = Metrics.shared.gauge(
        "circle_worker_backlog", help: "Entries or jobs waiting, under way or due for a worker.", labels: ["group"])
    static let oldest = Metrics.shared.gauge(
        "circle_worker_oldest_age_seconds", help: "Age of the oldest entry not yet acknowledged.", labels: ["group"])
    static let relayed = Metrics.shared.counter(
        "circle_outbox_relayed_total", help: "Outbox events published by the relay.", labels: ["collection"])
}
