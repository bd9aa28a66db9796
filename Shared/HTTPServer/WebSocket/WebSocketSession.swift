import CLinux
import CWslay
import Glibc
import Runtime

/// The socket of one WebSocket and wslay's framing over it. Loop-confined.
///
/// The socket was taken over from libmicrohttpd, whose handle is closed at once: it would keep a request's memory.
final class WebSocketSession: WebSocketTransport {
    private static let closeTimeout = Duration.seconds(5)

    private let descriptor: Int32
    private let limits: WebSocketLimits
    private unowned let listener: Listener
    private var context: wslay_event_context_ptr?
    private var connection: WebSocketConnection?
    private var watch: WatchToken?
    private var early: [UInt8]
    private var closeCode: WebSocketConnection.CloseCode?
    private var isWatchingWrites = false
    private var isDirty = false
    private var lastHeard: UInt64
    private var lastPing: UInt64
    private var deadline = UInt64.max

    /// - Parameter early: what the client sent right after its handshake.
    init(descriptor: Int32, early: [UInt8], limits: WebSocketLimits, listener: Listener) {
        self.descriptor = descriptor
        self.early = early
        self.limits = limits
        self.listener = listener
        lastHeard = listener.loop.now
        lastPing = listener.loop.now
    }

    deinit {
        wslay_event_context_free(context)
        Glibc.close(descriptor)
    }

    func open(_ onOpen: (WebSocketConnection) -> Void) {
        var callbacks = WebSocketCallbacks.table
        wslay_event_context_server_init(&context, &callbacks, Unmanaged.passUnretained(self).toOpaque())
        wslay_event_config_set_max_recv_msg_length(context, UInt64(limits.messageBytes))
        let connection = WebSocketConnection(loop: listener.loop, transport: self)
        self.connection = connection
        listener.sockets[ObjectIdentifier(self)] = self
        do {
            watch = try listener.loop.watch(fd: descriptor, events: .readable) { [unowned self] in ready($0) }
        } catch {
            return end(.abnormal)
        }
        onOpen(connection)
        if !early.isEmpty { read() }
    }

    // MARK: Sending

    func send(_ bytes: [UInt8]) {
        guard let context, closeCode == nil else { return }
        queue(UInt8(WSLAY_TEXT_FRAME.rawValue), bytes)
        if wslay_event_get_queued_msg_length(context) > limits.backlogBytes { close(.tooSlow, "too slow") }
        flushLater()
    }

    func close(_ code: WebSocketConnection.CloseCode, _ reason: String) {
        guard closeCode == nil else { return }
        closeCode = code
        deadline = listener.loop.now &+ Self.closeTimeout.clampedNanoseconds
        let reason = Array(reason.utf8.prefix(123))
        wslay_event_queue_close(context, code.rawValue, reason, reason.count)
        flushLater()
    }

    private func queue(_ opcode: UInt8, _ bytes: [UInt8]) {
        bytes.withUnsafeBufferPointer { buffer in
            var message = wslay_event_msg(opcode: opcode, msg: buffer.baseAddress, msg_length: buffer.count)
            wslay_event_queue_msg(context, &message)
        }
    }

    /// Everything that is sent in one tick leaves together, and never from inside of a callback of wslay.
    private func flushLater() {
        guard !isDirty else { return }
        isDirty = true
        listener.flushLater(self)
    }

    func flush() {
        isDirty = false
        guard connection != nil else { return }
        guard wslay_event_send(context) == 0 else { return end(.abnormal) }
        afterIO()
    }

    // MARK: Receiving

    private func ready(_ events: IOEvents) {
        if events.contains(.readable) || events.contains(.hangup) || events.contains(.error) { read() }
        if events.contains(.writable) { flush() }
    }

    private func read() {
        guard connection != nil else { return }
        lastHeard = listener.loop.now
        guard wslay_event_recv(context) == 0 else { return end(.abnormal) }
        afterIO()
    }

    private func afterIO() {
        if wslay_event_get_close_received(context) != 0, closeCode == nil {
            closeCode = receivedCode
            deadline = listener.loop.now &+ Self.closeTimeout.clampedNanoseconds
        }
        let wantsWrite = wslay_event_want_write(context) != 0
        if !wantsWrite, wslay_event_want_read(context) == 0 { return end(closeCode ?? .abnormal) }
        guard wantsWrite != isWatchingWrites else { return }
        isWatchingWrites = wantsWrite
        do {
            try watch?.modify(wantsWrite ? [.readable, .writable] : .readable)
        } catch {
            end(.abnormal)
        }
    }

    private var receivedCode: WebSocketConnection.CloseCode {
        .init(wslay_event_get_status_code_received(context))
    }

    /// A message that wslay has put together.
    func received(_ opcode: UInt8, _ bytes: UnsafeBufferPointer<UInt8>) {
        switch UInt32(opcode) {
        case WSLAY_TEXT_FRAME.rawValue where closeCode == nil:
            connection?.received(String(decoding: bytes, as: UTF8.self))
        case WSLAY_BINARY_FRAME.rawValue: close(.unsupportedData, "text only")
        default: flushLater()  // wslay answers pings and closes by itself; its answer waits to be sent
        }
    }

    /// Bytes for wslay: what came with the handshake first. Nil at the end, empty when there are none now.
    func take(_ space: UnsafeMutableRawBufferPointer) -> Int? {
        if !early.isEmpty {
            let count = min(space.count, early.count)
            space.copyBytes(from: early.prefix(count))
            early.removeFirst(count)
            return count
        }
        let count = recv(descriptor, space.baseAddress, space.count, 0)
        if count > 0 { return count }
        return count < 0 && (errno == EAGAIN || errno == EINTR) ? 0 : nil
    }

    /// How many bytes the socket took; nil when it is broken.
    func put(_ bytes: UnsafeRawBufferPointer, more: Bool) -> Int? {
        let flags = Int32(MSG_NOSIGNAL) | (more ? Int32(MSG_MORE) : 0)
        let count = Glibc.send(descriptor, bytes.baseAddress, bytes.count, flags)
        if count >= 0 { return count }
        return errno == EAGAIN || errno == EINTR ? 0 : nil
    }

    // MARK: Time

    /// Called once a second: pings, and ends what does not answer.
    func tick(_ now: UInt64) {
        if now > deadline { return end(closeCode ?? .abnormal) }
        let interval = limits.pingInterval.clampedNanoseconds
        let isUnanswered = lastPing > lastHeard
        guard now > max(lastPing, lastHeard) &+ interval else { return }
        if isUnanswered { return end(.abnormal) }
        guard closeCode == nil else { return }
        lastPing = now
        queue(UInt8(WSLAY_PING.rawValue), [])
        flushLater()
    }

    func end(_ code: WebSocketConnection.CloseCode) {
        guard let connection else { return }
        self.connection = nil
        watch?.cancel()
        watch = nil
        cl_shut_down(descriptor)
        connection.ended(code)
        listener.ended(self)
    }
}

/// wslay's callbacks, which only find the session that is meant.
private enum WebSocketCallbacks {
    static let table = wslay_event_callbacks(
        recv_callback: { context, space, length, _, session in
            guard let session = find(session) else { return -1 }
            let count = session.take(UnsafeMutableRawBufferPointer(start: space, count: length))
            return answer(count, context)
        },
        send_callback: { context, bytes, length, flags, session in
            guard let session = find(session) else { return -1 }
            let more = flags & Int32(WSLAY_MSG_MORE.rawValue) != 0
            return answer(session.put(UnsafeRawBufferPointer(start: bytes, count: length), more: more), context)
        },
        genmask_callback: nil, on_frame_recv_start_callback: nil, on_frame_recv_chunk_callback: nil,
        on_frame_recv_end_callback: nil,
        on_msg_recv_callback: { _, message, session in
            guard let message = message?.pointee else { return }
            find(session)?.received(
                message.opcode, UnsafeBufferPointer(start: message.msg, count: message.msg_length))
        })

    private static func find(_ pointer: UnsafeMutableRawPointer?) -> WebSocketSession? {
        pointer.map { Unmanaged<WebSocketSession>.fromOpaque($0).takeUnretainedValue() }
    }

    /// wslay wants −1 with a reason both for "not now" and for "never again".
    private static func answer(_ count: Int?, _ context: wslay_event_context_ptr?) -> Int {
        if let count, count > 0 { return count }
        wslay_event_set_error(
            context, count == nil ? WSLAY_ERR_CALLBACK_FAILURE.rawValue : WSLAY_ERR_WOULDBLOCK.rawValue)
        return -1
    }
}
