import CHiredis
import Runtime

/// One hiredis handle and its place in the loop's epoll. Nothing outside this file sees the pointer.
///
/// Writes are not sent as they come: they leave once per tick, at its end, so that the commands of all tasks of a tick
/// share a system call. While commands are unanswered, a few more wait for the answers: the server, which works on one
/// thing at a time, then gets them together, and reads, syncs its file and answers once for all of them. hiredis frees
/// its handle by itself when the connection breaks, and calls `cleanup` first; that is where this object lets go of it.
final class HiredisContext: @unchecked Sendable {  // loop: `loop`
    /// What happens on the wire. Replies come in the order of the commands.
    enum Event {
        case connected
        case reply(RedisReply)
        /// The reply to come will never come; one for each command not answered.
        case unanswered
        /// After every `unanswered`; nothing comes after it.
        case closed(String)
    }

    /// So many commands leave though others are unanswered: then client and server work side by side.
    private static let fullWrite = 32

    private let loop: EventLoop
    /// Whether commands may wait for the answers to others. Not where what comes is no answer.
    private let gathers: Bool
    private let handler: (Event) -> Void
    /// Whether the commands of this tick wait for no answers: whoever sent them has gathered them.
    private var hurries = false
    private var unsent = 0
    private var unanswered = 0
    private var context: UnsafeMutablePointer<redisAsyncContext>?
    /// Where replies are while they are read.
    private var arena: UnsafeMutablePointer<circle_arena>?
    private var watch: WatchToken?
    private var wanted: IOEvents = []
    private var isConnected = false
    private var isFlushing = false
    private var mustFlush = false
    private var hook: HookToken?

    /// Starts to connect to a numeric address. Events come on the loop, never during this call.
    ///
    /// - Parameter gathers: false for a connection that subscribes.
    /// - Throws: `.unavailable` where not even a socket could be had.
    init(
        loop: EventLoop, ip: String, port: Int, gathers: Bool, _ handler: @escaping (Event) -> Void
    ) throws(RedisError) {
        self.loop = loop
        self.gathers = gathers
        self.handler = handler
        guard let context = redisAsyncConnect(ip, Int32(port)) else { throw .unavailable("out of memory") }
        guard context.pointee.err == 0 else {
            let reason = String(cString: context.pointee.errstr)
            redisAsyncFree(context)
            throw .unavailable(reason)
        }
        self.context = context
        arena = circle_arena_for(&context.pointee.c)
        attach(context)
        hook = loop.onTickEnd(priority: .redis) { [weak self] in self?.flush() }
    }

    /// The handle keeps this object alive until `cleanup`.
    private func attach(_ context: UnsafeMutablePointer<redisAsyncContext>) {
        let me = Unmanaged.passRetained(self).toOpaque()
        context.pointee.data = me
        context.pointee.ev.data = me
        context.pointee.ev.addRead = { HiredisContext.of($0)?.want(.readable) }
        context.pointee.ev.delRead = { HiredisContext.of($0)?.unwant(.readable) }
        context.pointee.ev.addWrite = { HiredisContext.of($0)?.addWrite() }
        context.pointee.ev.delWrite = { HiredisContext.of($0)?.unwant(.writable) }
        context.pointee.ev.cleanup = { HiredisContext.of($0)?.cleanUp() }
        redisAsyncSetConnectCallback(context) { context, status in
            guard status == REDIS_OK, let me = HiredisContext.of(context?.pointee.data) else { return }
            me.isConnected = true
            me.handler(.connected)
        }
        redisEnableKeepAlive(&context.pointee.c)
    }

    private static func of(_ pointer: UnsafeMutableRawPointer?) -> HiredisContext? {
        pointer.map { Unmanaged<HiredisContext>.fromOpaque($0).takeUnretainedValue() }
    }

    // MARK: Commands

    /// Appends an encoded command; false when the handle takes no more.
    func send(_ command: [UInt8]) -> Bool { send(command, count: command.count) }

    /// Appends a command that subscribes: hiredis reads the names in it again, and stops at a NUL only.
    func sendSubscription(_ command: [UInt8]) -> Bool { send(command + [0], count: command.count) }

    private func send(_ command: [UInt8], count: Int) -> Bool {
        guard let context else { return false }
        let me = Unmanaged.passUnretained(self).toOpaque()
        let code = command.withUnsafeBufferPointer { bytes in
            bytes.withMemoryRebound(to: CChar.self) { text in
                redisAsyncFormattedCommand(
                    context,
                    { _, reply, me in
                        guard let me = HiredisContext.of(me) else { return }
                        me.unanswered -= 1
                        guard let reply else { return me.handler(.unanswered) }
                        me.handler(.reply(RedisReply(reply.assumingMemoryBound(to: redisReply.self).pointee)))
                    }, me, text.baseAddress, count)
            }
        }
        if code == REDIS_OK { unsent += 1 }
        return code == REDIS_OK
    }

    /// What was appended so far leaves at the end of this tick.
    func hurry() { hurries = true }

    /// Breaks the connection; `closed` follows, on the next tick.
    func close() {
        guard let context else { return }
        redisAsyncFree(context)
    }

    private func flush() {
        guard mustFlush, let context else { return }
        if gathers, !hurries, unanswered > 0, unsent < Self.fullWrite { return }
        hurries = false
        unanswered += unsent
        unsent = 0
        mustFlush = false
        isFlushing = true
        redisAsyncHandleWrite(context)
        isFlushing = false
    }

    // MARK: What hiredis asks for

    private func addWrite() {
        if isConnected, !isFlushing { mustFlush = true } else { want(.writable) }
    }

    private func want(_ events: IOEvents) { setWanted(wanted.union(events)) }

    private func unwant(_ events: IOEvents) { setWanted(wanted.subtracting(events)) }

    private func setWanted(_ events: IOEvents) {
        guard events != wanted || watch == nil, let context else { return }
        wanted = events
        do {
            if let watch {
                try watch.modify(events)
            } else {
                watch = try loop.watch(fd: context.pointee.c.fd, events: events) { [unowned self] in ready($0) }
            }
        } catch {
            // epoll refuses only what is closed or beyond its limits: this connection is of no use.
            loop.execute { [weak self] in self?.close() }
        }
    }

    private func ready(_ events: IOEvents) {
        let ended = !events.isDisjoint(with: [.error, .hangup])
        if !isConnected || events.contains(.writable), let context {
            isFlushing = true
            redisAsyncHandleWrite(context)
            isFlushing = false
        }
        if events.contains(.readable) || ended, isConnected, let context { redisAsyncHandleRead(context) }
    }

    /// hiredis is about to close the socket and free the handle; unanswered commands were told before.
    private func cleanUp() {
        guard let context else { return }
        let reason = context.pointee.errstr.map { String(cString: $0) } ?? ""
        watch?.cancel()
        watch = nil
        hook?.cancel()
        hook = nil
        self.context = nil
        // Deferred: hiredis is still on the stack, and the handler may want to connect anew.
        loop.execute { [self] in
            // hiredis' reader, which used it, is gone by now.
            if let arena { circle_arena_free(arena) }
            arena = nil
            handler(.closed(reason.isEmpty ? "closed" : reason))
        }
        Unmanaged<HiredisContext>.fromOpaque(context.pointee.ev.data).release()
    }
}
