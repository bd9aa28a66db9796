import CCurl
import Runtime

/// The transfers of one loop: curl's multi handle, driven by the loop's descriptors and timers.
final class CurlMulti: @unchecked Sendable {  // loop: `loop`, asserted
    private let loop: EventLoop
    private let multi: UnsafeMutableRawPointer
    private var watches: [Int32: WatchToken] = [:]
    private var timer: TimerHandle?
    private var transfers: [UnsafeMutableRawPointer: Transfer] = [:]

    init(loop: EventLoop, connectionsPerHost: Int) throws(HTTPClientError) {
        guard let multi = curl_multi_init() else { throw .unreachable("out of memory") }
        self.loop = loop
        self.multi = multi
        cc_multi_limits(multi, connectionsPerHost, 16)
        let context = Unmanaged.passUnretained(self).toOpaque()
        cc_multi_callbacks(
            multi, { _, socket, what, context, _ in CurlMulti.from(context)?.watch(socket, what) ?? 0 },
            { _, milliseconds, context in CurlMulti.from(context)?.wait(milliseconds) ?? 0 }, context)
    }

    private static func from(_ context: UnsafeMutableRawPointer?) -> CurlMulti? {
        context.map { Unmanaged<CurlMulti>.fromOpaque($0).takeUnretainedValue() }
    }

    func start(_ transfer: Transfer) {
        loop.assertInLoop()
        transfers[transfer.easy] = transfer
        guard curl_multi_add_handle(multi, transfer.easy) == CURLM_OK else {
            transfers[transfer.easy] = nil
            return transfer.finish(CURLE_FAILED_INIT)
        }
    }

    func cancel(_ transfer: Transfer) {
        loop.assertInLoop()
        guard transfers.removeValue(forKey: transfer.easy) != nil else { return }
        curl_multi_remove_handle(multi, transfer.easy)
        transfer.cancel()
    }

    private func watch(_ socket: Int32, _ what: Int32) -> Int32 {
        if what == CURL_POLL_REMOVE {
            watches.removeValue(forKey: socket)?.cancel()
            return 0
        }
        var events: IOEvents = []
        if what & CURL_POLL_IN != 0 { events.insert(.readable) }
        if what & CURL_POLL_OUT != 0 { events.insert(.writable) }
        do {
            if let watch = watches[socket] {
                try watch.modify(events)
            } else {
                watches[socket] = try loop.watch(fd: socket, events: events) { [unowned self] ready in
                    act(on: socket, ready)
                }
            }
            return 0
        } catch {
            return -1
        }
    }

    private func wait(_ milliseconds: Int) -> Int32 {
        timer?.cancel()
        timer = nil
        guard milliseconds >= 0 else { return 0 }
        timer = loop.schedule(after: .milliseconds(milliseconds)) { [weak self] in
            guard let self else { return }
            timer = nil
            var running: Int32 = 0
            curl_multi_socket_action(multi, CURL_SOCKET_BAD, 0, &running)
            collect()
        }
        return 0
    }

    private func act(on socket: Int32, _ ready: IOEvents) {
        var flags: Int32 = 0
        if !ready.isDisjoint(with: [.readable, .hangup, .readHangup]) { flags |= CURL_CSELECT_IN }
        if ready.contains(.writable) { flags |= CURL_CSELECT_OUT }
        if ready.contains(.error) { flags |= CURL_CSELECT_ERR }
        var running: Int32 = 0
        curl_multi_socket_action(multi, socket, flags, &running)
        collect()
    }

    private func collect() {
        var left: Int32 = 0
        while let message = curl_multi_info_read(multi, &left) {
            var code = CURLE_OK
            guard let easy = cc_finished(message, &code) else { continue }
            curl_multi_remove_handle(multi, easy)
            transfers.removeValue(forKey: easy)?.finish(code)
        }
    }

    /// Ends what is under way and frees curl's handle. The multi must not be used afterwards.
    func close() {
        loop.assertInLoop()
        for transfer in transfers.values { cancel(transfer) }
        timer?.cancel()
        curl_multi_cleanup(multi)
        for watch in watches.values { watch.cancel() }
        watches = [:]
    }
}
