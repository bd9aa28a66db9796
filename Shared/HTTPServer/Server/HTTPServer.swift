package import Runtime
package import Telemetry

/// An HTTP server: a listener on every loop, all on one port (`SO_REUSEPORT`), one router and one chain of middleware.
package final class HTTPServer: Sendable {
    package let configuration: HTTPServerConfiguration
    /// The port that is listened on; known after `start`.
    package var port: Int { 0 }

    /// - Parameter middleware: outermost first.
    /// - Throws: `Router.Conflict`: two routes that cannot be told apart.
    package init(
        _ configuration: HTTPServerConfiguration, routes: [Route], middleware: [any Middleware] = [],
        logger: Logger = Logger(label: "http")
    ) throws(Router.Conflict) {
        self.configuration = configuration
        _ = try Router(routes)
    }

    /// Listens on every loop of the group.
    package func start(on group: EventLoopGroup) async throws(SystemError) {}

    /// Accepts nothing more, lets requests finish for at most `deadline`, ends streams and WebSockets, then closes.
    package func stop(drainingFor deadline: Duration) async {}
}
