import HTTPServer
import Lifecycle
import Runtime

/// An HTTP server as a service: it listens while it runs and drains when it is told to stop.
struct HTTPService: Service {
    let server: HTTPServer
    let loops: EventLoopGroup
    let drainDeadline: Duration
    /// Called with the port once it is listened on.
    let onListening: @Sendable (Int) -> Void

    func run() async throws {
        try await server.start(on: loops)
        onListening(server.port)
        await ShutdownSignal.current?.wait()
        await server.stop(drainingFor: drainDeadline)
    }
}
