import HTTPServer
import JSON
import Telemetry

/// What the platform asks a process: is it alive, may requests be sent to it, how is it doing.
struct AdminRoutes: RouteGroup {
    let health: Health
    let metrics: Metrics

    var routes: [Route] {
        [
            Route(.get, "/healthz", operation: "health", limit: RateLimitClass.none) { _ in .text(.ok, "ok\n") },
            Route(
                .get, "/readyz", operation: "readiness", limit: RateLimitClass.none,
                query: [QueryParameter("verbose", .string, "Lists every dependency.")], handler: readiness),
            Route(.get, "/metrics", operation: "metrics", limit: RateLimitClass.none) { [metrics] _ in
                .bytes(.ok, Array(metrics.render().utf8), contentType: "text/plain; version=0.0.4; charset=utf-8")
            },
        ]
    }

    @Sendable private func readiness(_ request: Request) async throws -> Response {
        .json(health.isReady ? .ok : .unavailable, bytes: health.report(verbose: request.query("verbose") != nil))
    }
}
