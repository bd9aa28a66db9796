import HTTPServer
import Telemetry

/// Rate, errors and duration of each route, under its pattern.
struct RequestMetrics: Sendable {
    /// The cells of one route, so that the common answers cost no look-up.
    private struct Cells: Sendable {
        let good: [Counter.Cell]
        let duration: Histogram.Cell
    }

    private static let goodStatuses = 200...204

    private let requests: Counter
    private let durations: Histogram
    private let byRoute: [ObjectIdentifier: Cells]

    init(routes: [Route], metrics: Metrics = .shared) {
        requests = metrics.counter(
            "circle_http_requests_total", help: "Requests answered.", labels: ["method", "route", "status"])
        durations = metrics.histogram(
            "circle_http_request_duration_seconds", help: "Time from a request's end to its answer.",
            labels: ["method", "route"])
        var byRoute: [ObjectIdentifier: Cells] = [:]
        for route in routes {
            byRoute[ObjectIdentifier(route)] = Cells(
                good: Self.goodStatuses.map { [requests] in
                    requests.with(route.method.rawValue, route.pattern, String($0))
                },
                duration: durations.with(route.method.rawValue, route.pattern))
        }
        self.byRoute = byRoute
    }

    func record(_ request: Request, status: Int, nanoseconds: Int64) {
        guard let route = request.route, let cells = byRoute[ObjectIdentifier(route)] else {
            let method = request.method?.rawValue ?? "other"
            requests.with(method, "unmatched", String(status)).increment()
            return durations.with(method, "unmatched").observe(nanoseconds: nanoseconds)
        }
        if Self.goodStatuses.contains(status) {
            cells.good[status - Self.goodStatuses.lowerBound].increment()
        } else {
            requests.with(route.method.rawValue, route.pattern, String(status)).increment()
        }
        cells.duration.observe(nanoseconds: nanoseconds)
    }
}
