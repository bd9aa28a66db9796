import Runtime
import Telemetry

/// One connection of one loop to one server, connected again whenever it breaks.
///
/// Commands are written in the order in which they come and share the connection; replies come in that order too.
/// Commands that come while the server is away wait, up to their deadline, unless it has been away for long.
final class RedisConnection: @unchecked Sendable {  // loop: `loop`
    private enum State {
        case idle
        case connecting(UInt64)
        case ready
        case pausing
        case closed
    }

    /// Who takes what comes on a connection that subscribes to channels.
    struct Listener {
        /// Connected, for the first time or again: subscriptions are to be made.
        let ready: () -> Void
        let heard: (RedisReply) -> Void
    }

    private typealias Waiting = (bytes: [UInt8], prefix: [UInt8]?, pending: PendingReply)

    private let loop: EventLoop
    let address: RedisAddress
    private let url: RedisURL
    private let options: RedisOptions
    private let log = Logger(label: "redis")
    private var state = State.idle
    private let listener: Listener?
    private var wire: HiredisContext?
    private var inFlight = Fifo<PendingReply?>()
    private var waiting = Fifo<Waiting>()
    private var greetings = 0
    private var attempts = 0
    private var attemptID: UInt64 = 0
    private var awaySince: UInt64 = 0
    private var lastHeard: UInt64 = 0
    private var sweep: (timer: TimerHandle, at: UInt64)?

    init(
        loop: EventLoop, address: RedisAddress, url: RedisURL, options: RedisOptions, listener: Listener? = nil
    ) {
        self.loop = loop
        self.address = address
        self.url = url
        self.options = options
        self.listener = listener
    }

    /// Sends a command, or keeps it until the connection is there.
    ///
    /// - Parameter prefix: a command that must stand directly before, whose reply nobody wants.
    func submit(_ bytes: [UInt8], after prefix: [UInt8]? = nil, _ pending: PendingReply) {
        loop.assertInLoop()
        switch state {
        case .ready:
            guard inFlight.count < options.queueLimit else {
                return pending.answer(.failure(.unavailable("overloaded")))
            }
            write(bytes, prefix, pending)
        case .closed:
            return pending.answer(.failure(.cancelled))
        case .idle, .connecting, .pausing:
            if case .idle = state { connect() }
            guard waiting.count < options.queueLimit, !isAwayForLong else {
                return pending.answer(.failure(.unavailable("\(address) is away")))
            }
            waiting.append((bytes, prefix, pending))
        }
        watchDeadline(pending.deadline)
    }

    /// Sends a command of a subscribing connection at once, and connects where it is not; false when it was not sent.
    @discardableResult
    func tell(_ command: RedisCommand) -> Bool {
        loop.assertInLoop()
        if case .idle = state { connect() }
        guard case .ready = state else { return false }
        return wire?.sendSubscription(command.bytes) == true
    }

    /// Commands submitted so far leave with this tick, though others are unanswered.
    func hurry() {
        loop.assertInLoop()
        wire?.hurry()
    }

    /// Ends the connection for good; what waits is answered with `cancelled`.
    func close() {
        loop.assertInLoop()
        state = .closed
        sweep?.timer.cancel()
        sweep = nil
        while let entry = waiting.popFirst() { entry.pending.answer(.failure(.cancelled)) }
        inFlight.forEach { $0?.answer(.failure(.cancelled)) }
        wire?.close()
    }

    private func write(_ bytes: [UInt8], _ prefix: [UInt8]?, _ pending: PendingReply) {
        if let prefix, wire?.send(prefix) == true { inFlight.append(nil) }
        guard wire?.send(bytes) == true else { return pending.answer(.failure(.unavailable("closing"))) }
        if inFlight.isEmpty { lastHeard = EventLoop.monotonicNanoseconds() }
        inFlight.append(pending)
    }

    private var isAwayForLong: Bool {
        awaySince != 0 && EventLoop.monotonicNanoseconds() - awaySince > options.patience.clampedNanoseconds
    }

    // MARK: Connecting

    private func connect() {
        attemptID += 1
        let attempt = attemptID
        state = .connecting(attempt)
        if awaySince == 0 { awaySince = EventLoop.monotonicNanoseconds() }
        loop.schedule(after: options.connectDeadline) { [weak self] in self?.giveUp(attempt) }
        if RedisResolver.isNumeric(address.host) { return open(address.host, attempt) }
        loop.spawn { [self] in
            do {
                let ip = try await RedisResolver.resolve(address.host)
                open(ip, attempt)
            } catch {
                if case .connecting(attempt) = state { failed("\(error)") }
            }
        }
    }

    private func open(_ ip: String, _ attempt: UInt64) {
        guard case .connecting(attempt) = state else { return }
        do {
            wire = try HiredisContext(
                loop: loop, ip: ip, port: address.port, gathers: listener == nil
            ) { [weak self] event in
                self?.handle(event, attempt)
            }
        } catch {
            failed("\(error)")
        }
    }

    private func giveUp(_ attempt: UInt64) {
        guard case .connecting(attempt) = state else { return }
        if let wire { wire.close() } else { failed("no address in time") }
    }

    private func greet() {
        var commands: [RedisCommand] = []
        if let password = url.password {
            commands.append(
                RedisCommand(url.user.map { ["AUTH", .text($0), .text(password)] } ?? ["AUTH", .text(password)]))
        }
        if url.database != 0 { commands.append(["SELECT", RedisArgument(url.database)]) }
        commands.append(["CLIENT", "SETNAME", .text(options.name)])
        commands.append(["PING"])
        greetings = commands.count
        for command in commands where wire?.send(command.bytes) == true { inFlight.append(nil) }
    }

    /// The last greeting is a PING: a server that is still loading is not ready.
    private func heardGreeting(_ reply: RedisReply) {
        greetings -= 1
        if case .error(let error) = reply {
            log.warning("redis refused the greeting", ["address": "\(address)", "error": "\(error)"])
            greetings = 0
            loop.execute { [self] in wire?.close() }
        } else if greetings == 0 {
            if attempts > 0 { log.info("redis is back", ["address": "\(address)"]) }
            state = .ready
            attempts = 0
            awaySince = 0
            while let entry = waiting.popFirst() {
                if !entry.pending.isAnswered { write(entry.bytes, entry.prefix, entry.pending) }
            }
            listener?.ready()
        }
    }

    private func handle(_ event: HiredisContext.Event, _ attempt: UInt64) {
        guard attempt == attemptID else { return }
        switch event {
        case .connected: greet()
        case .reply(let reply):
            lastHeard = EventLoop.monotonicNanoseconds()
            let pending = inFlight.popFirst() ?? nil
            if greetings > 0 { return heardGreeting(reply) }
            if let listener { return listener.heard(reply) }
            pending?.answer(.success(reply))
        case .unanswered:
            let pending = inFlight.popFirst() ?? nil
            pending?.answer(.failure(.connectionLost))
        case .closed(let reason):
            wire = nil
            inFlight = Fifo()
            greetings = 0
            if case .closed = state { return }
            failed(reason)
        }
    }

    private func failed(_ reason: String) {
        state = .pausing
        attempts += 1
        if awaySince == 0 { awaySince = EventLoop.monotonicNanoseconds() }
        if attempts == 1 || attempts % 20 == 0 {
            log.warning("redis is away", ["address": "\(address)", "reason": reason, "attempts": "\(attempts)"])
        }
        RedisMetrics.disconnections.increment()
        if isAwayForLong {
            while let entry = waiting.popFirst() { entry.pending.answer(.failure(.unavailable("\(address) is away"))) }
        }
        loop.schedule(after: pause) { [weak self] in
            guard let self, case .pausing = self.state else { return }
            self.connect()
        }
    }

    /// 20 ms, doubled with each attempt, of which a random part: many processes must not knock at the same instant.
    private var pause: Duration {
        let longest = min(options.longestPause, .milliseconds(20) * (1 << min(attempts, 10)))
        return .nanoseconds(Int64.random(in: 1_000_000...max(2_000_000, Int64(longest.clampedNanoseconds))))
    }

    // MARK: Deadlines

    /// One timer for all: it is set for the soonest deadline, and mostly finds those commands answered.
    private func watchDeadline(_ deadline: UInt64) {
        if let sweep {
            guard deadline < sweep.at else { return }
            sweep.timer.cancel()
        }
        let now = EventLoop.monotonicNanoseconds()
        let delay = Duration.nanoseconds(Int64(deadline > now ? deadline - now : 0) + 1_000_000)
        let timer = loop.schedule(after: delay) { [weak self] in self?.expire() }
        sweep = (timer, deadline)
    }

    private func expire() {
        sweep = nil
        let now = EventLoop.monotonicNanoseconds()
        var next = UInt64.max
        func check(_ pending: PendingReply, _ error: RedisError) -> Bool {
            if pending.isAnswered { return false }
            if pending.deadline > now {
                next = min(next, pending.deadline)
                return false
            }
            pending.answer(.failure(error))
            RedisMetrics.timeouts.increment()
            return true
        }
        var expired = false
        inFlight.forEach { if let pending = $0, check(pending, .timedOut) { expired = true } }
        waiting.forEach { _ = check($0.pending, .unavailable("\(address) is away")) }
        if next != .max { watchDeadline(next) }
        // Commands time out and nothing has come back for as long: nobody is there any more.
        if expired, now - lastHeard > options.deadline.clampedNanoseconds { wire?.close() }
    }
}
