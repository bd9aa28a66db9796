import Telemetry

enum RedisMetrics {
    static let disconnections = Metrics.shared.counter(
        "circle_redis_disconnections_total", help: "Connections to Redis that broke or could not be opened.")
    static let timeouts = Metrics.shared.counter(
        "circle_redis_timeouts_total", help: "Redis commands without an answer in time.")
    static let redirections = Metrics.shared.counter(
        "circle_redis_redirections_total", help: "MOVED and ASK answers of a Redis Cluster.")
}
