import Synchronization

/// How the server was asked to run.
package struct ServerOptions: Sendable {
    package var host = "127.0.0.1"
    /// 0 picks a free one.
    package var port: UInt16 = 27017
    package var dataDirectory: String
    package var allowsTestCommands = false
    /// Between two passes of the removal of expired documents.
    package var expiryIntervalSeconds = 60

    package init(dataDirectory: String) { self.dataDirectory = dataDirectory }
}

/// The whole server: storage, sessions, cursors, and a thread for every connection.
///
/// Threads rather than an event loop, because SQLite blocks and a driver's connection does one thing at a time; an idle
/// one costs a few kilobytes.
package final class Server: Sendable {
    let options: ServerOptions
    let store: Store
    let sessions: SessionTable
    let cursors = CursorTable()
    let failPoint = FailPoint()
    package let port: UInt16
    let startedAt = Clock.wall

    private let listener: Socket
    private let connections = Mutex(Connections())

    private struct Connections {
        var open: [Int32: Socket] = [:]
        var accepted: Int32 = 0
        var isStopping = false
    }

    package init(_ options: ServerOptions) throws {
        self.options = options
        store = try Store(directory: options.dataDirectory)
        sessions = SessionTable(store: store)
        listener = try Socket(listeningOn: options.host, port: options.port)
        port = listener.port
    }

    var openConnections: Int { connections.withLock { $0.open.count } }
    var acceptedConnections: Int { connections.withLock { Int($0.accepted) } }

    /// Begins to accept; returns at once.
    package func start() throws {
        try WorkerThread.start { [self] in acceptAll() }
        try WorkerThread.start { [self] in Housekeeping(server: self).run() }
    }

    /// Stops accepting and ends every connection; what was acknowledged is on disk when this returns.
    package func stop() throws {
        let open = connections.withLock { state in
            state.isStopping = true
            return Array(state.open.values)
        }
        listener.interrupt()
        for socket in open { socket.interrupt() }
        try store.flush()
        try store.settle()
    }

    var isStopping: Bool { connections.withLock { $0.isStopping } }

    private func acceptAll() {
        while !isStopping {
            do {
                let socket = try listener.accept()
                try WorkerThread.start { [self] in serve(socket) }
            } catch {
                if isStopping { return }
                Clock.pause(milliseconds: 20)  // out of descriptors or threads: some may end
            }
        }
    }

    private func serve(_ socket: Socket) {
        let id = connections.withLock { state in
            state.accepted += 1
            state.open[state.accepted] = socket
            return state.accepted
        }
        Connection(socket: socket, id: id, server: self).run()
        connections.withLock { $0.open[id] = nil }
        sessions.connectionClosed(id)
    }
}
