import CLinux

/// The epoll instance of one loop: which descriptors it watches, and who is told.
///
/// Loop-confined. A watch that was cancelled gets nothing more, even when its event had been fetched already, because
/// every registration has a number of its own and events carry it.
struct Poller {
    let descriptor: Int32
    private var watches: [UInt64: WatchToken] = [:]
    private var lastID: UInt64 = 0
    private var events = [epoll_event](repeating: epoll_event(), count: 256)

    init() throws(SystemError) {
        descriptor = try SystemError.check("epoll_create1") { epoll_create1(Int32(EPOLL_CLOEXEC)) }
    }

    mutating func add(_ token: WatchToken, events: IOEvents) throws(SystemError) {
        lastID += 1
        token.id = lastID
        var event = epoll_event(events: events.rawValue, data: epoll_data_t(u64: lastID))
        try SystemError.check("epoll_ctl") { epoll_ctl(descriptor, EPOLL_CTL_ADD, token.fd, &event) }
        watches[lastID] = token
    }

    func modify(_ token: WatchToken, events: IOEvents) throws(SystemError) {
        var event = epoll_event(events: events.rawValue, data: epoll_data_t(u64: token.id))
        try SystemError.check("epoll_ctl") { epoll_ctl(descriptor, EPOLL_CTL_MOD, token.fd, &event) }
    }

    mutating func remove(_ token: WatchToken) {
        guard watches.removeValue(forKey: token.id) != nil else { return }
        var event = epoll_event()
        _ = epoll_ctl(descriptor, EPOLL_CTL_DEL, token.fd, &event)  // fails only where the owner closed it first
    }

    /// Waits for events, at most `timeout` milliseconds (−1: for ever), and returns how many there are.
    mutating func wait(timeout: Int32) -> Int {
        Int(max(0, epoll_wait(descriptor, &events, Int32(events.count), timeout)))  // EINTR is an empty tick
    }

    /// Who is to be told of the event at `index` of the last `wait`; nil when that watch is gone.
    func event(at index: Int) -> (token: WatchToken, ready: IOEvents)? {
        guard let token = watches[events[index].data.u64] else { return nil }
        return (token, IOEvents(rawValue: events[index].events))
    }
}

/// One watched descriptor; keep it as long as the watch is wanted. Loop-confined.
package final class WatchToken: @unchecked Sendable {  // loop: its own, asserted
    package let fd: Int32
    fileprivate(set) var id: UInt64 = 0
    let handler: (IOEvents) -> Void
    private unowned let loop: EventLoop

    init(fd: Int32, loop: EventLoop, handler: @escaping (IOEvents) -> Void) {
        self.fd = fd
        self.loop = loop
        self.handler = handler
    }

    /// Changes what the descriptor is watched for.
    package func modify(_ events: IOEvents) throws(SystemError) { try loop.modify(self, events: events) }

    /// Ends the watch; the handler is not called again. Cancel before closing the descriptor.
    package func cancel() { loop.remove(self) }
}
