import BSON
import Glibc
import Synchronization

struct ServerOptions: Sendable {
    var host = "127.0.0.1"
    /// 0 picks a free one.
    var port: UInt16 = 27017
    var dataDirectory: String
    var allowsTestCommands = false
    var expiryIntervalSeconds = 60
}

/// The whole server: storage, sessions, cursors, and a thread for every connection.
/// Threads rather than an event loop, because SQLite blocks and a driver's connection does one thing at a time; an idle
/// one costs a few kilobytes.
final class Server: Sendable {
    let options: ServerOptions
    let store: Store
    let sessions: SessionTable
    let cursors = CursorTable()
    let failPoint = FailPoint()
    let clock = ClusterClock()
    let startedAt = Clock.wall
    var port: UInt16 { listener.port }

    private let listener: Socket
    private let connections = Mutex((open: [Int32: Socket](), accepted: Int32(0), isStopping: false))

    init(_ options: ServerOptions) throws {
        self.options = options
        store = try Store(directory: options.dataDirectory)
        sessions = SessionTable(store: store)
        listener = try Socket(listeningOn: options.host, port: options.port)
    }

    var connectionCounts: BSONValue {
        connections.withLock { ["current": .int($0.open.count), "totalCreated": .int32($0.accepted)] }
    }
    var isStopping: Bool { connections.withLock { $0.isStopping } }

    func start() throws {
        try Self.startThread { [self] in acceptAll() }
        try Self.startThread { [self] in Housekeeping(server: self).run() }
    }

    /// Stops accepting and ends every connection; what was acknowledged is on disk when this returns.
    func stop() throws {
        connections.withLock { $0.isStopping = true }
        listener.interrupt()
        connections.withLock { for socket in $0.open.values { socket.interrupt() } }
        try store.flush()
        try store.settle()
    }

    private func acceptAll() {
        while !isStopping {
            do {
                let socket = try listener.accept()
                try Self.startThread { [self] in serve(socket) }
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
        let connection = Connection(socket: socket, id: id, server: self)
        connection.run()
        connections.withLock { $0.open[id] = nil }
        if !connection.isStruck { sessions.connectionClosed(id) }
    }

    /// Starts a detached thread. Its stack is large on paper only (pages that are never touched cost nothing), because
    /// documents may nest 200 deep and are walked recursively.
    private static func startThread(_ body: @escaping @Sendable () -> Void) throws(SystemError) {
        var attributes = pthread_attr_t()
        pthread_attr_init(&attributes)
        defer { pthread_attr_destroy(&attributes) }
        pthread_attr_setstacksize(&attributes, 16 << 20)
        pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))
        let work = UnsafeMutablePointer<@Sendable () -> Void>.allocate(capacity: 1)
        work.initialize(to: body)
        var thread = pthread_t()
        let run: @convention(c) (UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? = { context in
            guard let work = context?.assumingMemoryBound(to: (@Sendable () -> Void).self) else { return nil }
            defer { work.deallocate() }
            work.move()()
            return nil
        }
        let code = pthread_create(&thread, &attributes, run, work)
        if code == 0 { return }
        work.deinitialize(count: 1).deallocate()
        throw SystemError(call: "pthread_create", code: code)
    }
}
