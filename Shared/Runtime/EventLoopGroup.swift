/// The loops of a process. Every loop has a listener of its own; whoever comes from outside asks for the next one.
package final class EventLoopGroup: Sendable {
    package let loops: [EventLoop]
    private let turn = Locked(0)

    /// - Parameters:
    ///   - count: how many; nil for as many as `ProcessorQuota` grants.
    ///   - cap: at most this many when `count` is nil.
    package init(count: Int? = nil, cap: Int = .max, label: String = "loop") throws(SystemError) {
        let wanted = max(1, count ?? min(cap, ProcessorQuota.processors()))
        var loops: [EventLoop] = []
        for index in 0..<wanted { loops.append(try EventLoop(label: "\(label)-\(index)")) }
        self.loops = loops
    }

    /// The current loop where there is one, else the loops in turn.
    package func next() -> EventLoop {
        if let current = EventLoop.current, loops.contains(where: { $0 === current }) { return current }
        return turn.withLock { turn in
            defer { turn = (turn + 1) % loops.count }
            return loops[turn]
        }
    }

    /// Ends all loops; not to be called on one of them.
    package func stop() async {
        for loop in loops { await loop.stop() }
    }
}
