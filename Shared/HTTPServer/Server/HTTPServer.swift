package import Runtime
package import Telemetry

/// An HTTP server: a listener on every loop, all on one port (`SO_REUSEPORT`), one router and one chain of middleware.
package final class HTTPServer: Sendable {
    package let configuration: HTTPServerConfiguration
    package let router: Router
    private let chain: Chain
    private let logger: Logger
    private let state = Locked(State())

    private struct State {
        var port = 0
        var listeners: [Listener] = []
    }

    /// - Parameter middleware: outermost first.
    /// - Throws: two routes that cannot be told apart.
    package init(
        _ configuration: HTTPServerConfiguration, routes: [Route], middleware: [any Middleware] = [],
        logger: Logger = Logger(label: "http")
    ) throws(Router.Conflict) {
        self.configuration = configuration
        self.logger = logger
        router = try Router(routes)
        chain = Chain(middleware)
    }

    /// The port that is listened on; 0 before `start`.
    package var port: Int { state.withLock { $0.port } }

    /// Listens on every loop of the group.
    package func start(on group: EventLoopGroup) async throws {
        var port = configuration.port
        for loop in group.loops {
            let socket = try ListeningSocket(host: configuration.host, port: port)
            port = socket.port
            let listener = Listener(
                loop: loop, configuration: configuration, router: router, chain: chain, logger: logger)
            try await loop.run { try listener.start(socket) }
            state.withLock {
                $0.port = port
                $0.listeners.append(listener)
            }
        }
    }

    /// Accepts nothing more, lets requests finish for at most `deadline`, ends streams and WebSockets, then closes.
    package func stop(drainingFor deadline: Duration) async {
        let listeners = state.withLock { state in
            defer { state.listeners = [] }
            return state.listeners
        }
        await withTaskGroup(of: Void.self) { group in
            for listener in listeners {
                group.addTask { await Self.stop(listener, drainingFor: deadline) }
            }
        }
    }

    private static func stop(_ listener: Listener, drainingFor deadline: Duration) async {
        await withCheckedContinuation { continuation in
            listener.loop.execute {
                var waiting: CheckedContinuation<Void, Never>? = continuation
                let finish = {
                    waiting?.resume()
                    waiting = nil
                }
                let timer = listener.loop.schedule(after: deadline, finish)
                listener.drain {
                    timer.cancel()
                    finish()
                }
            }
        }
        await listener.loop.spawn { listener.stop() }.value
    }
}
