import CMicrohttpd
import Glibc
import Runtime
import Telemetry

/// The server's part on one loop: libmicrohttpd without a thread, its epoll watched by the loop. Loop-confined.
///
/// The library's own threads hang at multiples of 128 ready connections, so it polls only when the loop runs it, again
/// and again while it says that it has more to do. A resumed connection wakes nobody: it is noted and run this tick.
final class Listener: @unchecked Sendable {  // loop: `loop`
    /// Runs of the library in a row before the loop gets to look after everything else.
    private static let runLimit = 16
    /// More than these do not wait in the library's list, which it goes through whenever it runs.
    private static let waitingLimit = 64

    let loop: EventLoop
    let configuration: HTTPServerConfiguration
    let router: Router
    let chain: Chain
    let logger: Logger
    let times: Times
    private(set) var isDraining = false
    var streams: [ObjectIdentifier: StreamOutput] = [:]
    var sockets: [ObjectIdentifier: WebSocketSession] = [:]
    private var unflushed: [WebSocketSession] = []
    private var daemon: OpaquePointer?
    private var connections: [Connection] = []
    /// Requests that the library goes on asking for their answers.
    var waiting = 0
    var mayWait: Bool { waiting < Self.waitingLimit }
    /// Requests being read, and answers being sent.
    var underWay = 0
    private var progress = 0
    private var mustRun = false
    /// Runs until a connection that slept is back in the library's epoll.
    private var runsOwed = 0
    private var recheck: TimerHandle?
    private var watch: WatchToken?
    private var hook: HookToken?
    private var sweep: TimerHandle?
    private var heartbeat: TimerHandle?
    private var onEmpty: (() -> Void)?

    init(loop: EventLoop, configuration: HTTPServerConfiguration, router: Router, chain: Chain, logger: Logger) {
        self.loop = loop
        self.configuration = configuration
        self.router = router
        self.chain = chain
        self.logger = logger
        times = Times(configuration)
    }

    /// The time limits in nanoseconds: a `Duration` costs divisions, and these are wanted for every request.
    struct Times {
        let read: UInt64
        let write: UInt64
        let idle: UInt64

        init(_ configuration: HTTPServerConfiguration) {
            read = configuration.readTimeout.clampedNanoseconds
            write = configuration.writeTimeout.clampedNanoseconds
            idle = configuration.idleTimeout.clampedNanoseconds
        }
    }

    /// Takes over a listening socket.
    func start(_ socket: ListeningSocket) throws(SystemError) {
        loop.assertInLoop()
        var callbacks = ListenerCallbacks.table(for: self)
        guard
            let daemon = cm_start(
                socket.descriptor, UInt32(configuration.connectionLimit), configuration.connectionMemory, &callbacks)
        else {
            close(socket.descriptor)
            throw SystemError(call: "MHD_start_daemon", code: errno)
        }
        self.daemon = daemon
        watch = try loop.watch(fd: cm_epoll_fd(daemon), events: .readable) { [unowned self] _ in mustRun = true }
        hook = loop.onTickEnd(priority: .http) { [unowned self] in
            runIfNeeded()
            flushSockets()
        }
        scheduleSweep()
        scheduleHeartbeat()
    }

    // MARK: Running

    private func runIfNeeded() {
        guard mustRun, let daemon else { return }
        mustRun = false
        var runs = 0
        var hasMore = true
        while hasMore, runs < Self.runLimit {
            let before = progress
            MHD_run(daemon)
            runs += 1
            runsOwed = max(0, runsOwed - 1)
            // While requests wait it always says that there is more, and only what happened tells whether there is.
            hasMore = waiting == 0 ? cm_must_run_again(daemon) != 0 : runsOwed > 0 || underWay > 0 && progress != before
        }
        if hasMore { runSoon() } else if waiting > 0, underWay > 0 { runLater() }
        tellIfEmpty()
    }

    /// What is under way and made no progress waits for its client, mostly; the library alone would know better.
    private func runLater() {
        guard recheck == nil else { return }
        recheck = loop.schedule(after: .milliseconds(1)) { [unowned self] in
            recheck = nil
            mustRun = daemon != nil
        }
    }

    /// Runs the library in this tick, or in the next where its turn in this one is over.
    func runSoon() {
        guard !mustRun else { return }
        mustRun = true
        if loop.isPast(.http) { loop.tickAgain() }
    }

    func resume(_ handle: OpaquePointer) {
        MHD_resume_connection(handle)
        runsOwed = 2
        runSoon()
    }

    /// Something happened to a request: there may be more to do for it.
    func noteProgress() { progress &+= 1 }

    // MARK: Connections

    func opened(_ handle: OpaquePointer) -> Connection {
        let connection = Connection(handle, listener: self, deadline: loop.now &+ times.idle)
        connection.index = connections.count
        connections.append(connection)
        return connection
    }

    func closed(_ connection: Connection) {
        let last = connections.removeLast()
        if last !== connection {
            connections[connection.index] = last
            last.index = connection.index
        }
    }

    func flushLater(_ session: WebSocketSession) {
        unflushed.append(session)
        loop.tickAgain()
    }

    private func flushSockets() {
        guard !unflushed.isEmpty else { return }
        let sessions = unflushed
        unflushed = []
        for session in sessions { session.flush() }
    }

    func ended(_ session: WebSocketSession) {
        sockets[ObjectIdentifier(session)] = nil
        tellIfEmpty()
    }

    private func tellIfEmpty() {
        if connections.isEmpty, sockets.isEmpty { onEmpty?() }
    }

    /// Ends connections that have had their time: idle ones, half-sent requests, answers that nobody reads.
    private func scheduleSweep() {
        sweep = loop.schedule(after: .seconds(1)) { [unowned self] in
            guard daemon != nil else { return }
            let now = loop.now
            for connection in connections where connection.deadline < now { connection.shutDown() }
            for session in sockets.values { session.tick(now) }
            mustRun = mustRun || waiting > 0
            scheduleSweep()
        }
    }

    private func scheduleHeartbeat() {
        heartbeat = loop.schedule(after: configuration.heartbeatInterval) { [unowned self] in
            guard daemon != nil else { return }
            for output in streams.values { output.append(Array(": \n\n".utf8)) }
            scheduleHeartbeat()
        }
    }

    // MARK: Stopping

    /// Accepts nothing more, and calls `whenEmpty` once the last connection is gone.
    func drain(_ whenEmpty: @escaping () -> Void) {
        guard let daemon, !isDraining else { return whenEmpty() }
        isDraining = true
        let socket = MHD_quiesce_daemon(daemon)
        if socket >= 0 { close(socket) }
        for output in streams.values { output.finish() }
        for session in sockets.values { session.close(.goingAway, "restarting") }
        for connection in connections where connection.isIdle { connection.shutDown() }
        onEmpty = { [unowned self] in
            onEmpty = nil
            whenEmpty()
        }
        runSoon()
    }

    /// Answers what is left with 503, then closes everything.
    func stop() {
        guard let daemon else { return }
        onEmpty = nil
        for connection in connections { connection.exchange?.abandon() }
        for output in streams.values { output.finish() }
        for session in sockets.values { session.end(.goingAway) }
        for _ in 0..<Self.runLimit { MHD_run(daemon) }
        watch?.cancel()
        hook?.cancel()
        sweep?.cancel()
        recheck?.cancel()
        heartbeat?.cancel()
        self.daemon = nil
        MHD_stop_daemon(daemon)
    }
}
