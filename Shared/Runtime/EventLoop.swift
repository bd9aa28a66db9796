import CLinux
import Glibc

/// One thread that owns an epoll instance, its timers and whatever is confined to it, and runs Swift tasks.
///
/// A tick is: wait, hand out descriptor events, fire timers, run tasks and submitted work, then the tick-end hooks,
/// HTTP first and Redis last, so that commands issued by any handler of the tick leave in one write.
package final class EventLoop: TaskExecutor, @unchecked Sendable {  // loop: itself; `inbox` has a lock
    /// When a tick-end hook runs. Redis is last: what the HTTP hook starts still gets into the same flush.
    package enum HookPriority: Int, Sendable {
        case http
        /// Puts together what the tick's tasks want of Redis.
        case gathering
        case redis
    }

    enum Work {
        case job(UnownedJob)
        case call(@Sendable () -> Void)
    }

    private struct Inbox {
        var work: [Work] = []
        var isSignalled = false
    }

    private static let roundsPerTick = 64

    package let label: String
    private let inbox = Locked(Inbox())
    private let wakeup: Int32
    private var poller: Poller
    private var timers = TimerHeap()
    private var timerSequence: UInt64 = 0
    private var ready: [Work] = []
    private var running: [Work] = []
    private var hooks: [(priority: HookPriority, token: HookToken)] = []
    private var isStopping = false
    private var mustTick = false
    /// The last hooks that this tick has run.
    private var hooksRun: HookPriority?
    private var stopped: [CheckedContinuation<Void, Never>] = []

    /// The monotonic clock as this tick began, in nanoseconds: cheap, for deadlines. On the loop only.
    package private(set) var now: UInt64 = EventLoop.monotonicNanoseconds()

    /// Starts the loop's thread.
    package init(label: String) throws(SystemError) {
        self.label = label
        poller = try Poller()
        wakeup = try SystemError.check("eventfd") { eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK)) }
        try poller.add(WatchToken(fd: wakeup, loop: self) { [unowned self] _ in acceptInbox() }, events: .readable)
        let thread = LoopThread { [self] in run() }
        try thread.start(named: label)
    }

    deinit {
        close(wakeup)
        close(poller.descriptor)
    }

    /// The loop whose thread this is, if it is one.
    package static var current: EventLoop? { LoopThread.currentLoop }

    package var isCurrent: Bool { LoopThread.isCurrent(self) }

    /// Traps off the loop: a loop-confined thing was touched by another thread, which is a bug of ours.
    package func assertInLoop(file: StaticString = #fileID, line: UInt = #line) {
        precondition(isCurrent, "used off its loop \(label)", file: file, line: line)
    }

    // MARK: Work

    package func enqueue(_ job: consuming ExecutorJob) { submit(.job(UnownedJob(job))) }

    /// Runs `work` on the loop, in this tick or the next, never before this call returns. From any thread.
    package func execute(_ work: @escaping @Sendable () -> Void) { submit(.call(work)) }

    private func submit(_ work: Work) {
        if isCurrent { return ready.append(work) }
        let mustSignal = inbox.withLock { inbox in
            inbox.work.append(work)
            defer { inbox.isSignalled = true }
            return !inbox.isSignalled
        }
        if mustSignal { eventfd_write(wakeup, 1) }
    }

    private func acceptInbox() {
        var count: eventfd_t = 0
        eventfd_read(wakeup, &count)
        let work = inbox.withLock { inbox in
            inbox.isSignalled = false
            defer { inbox.work = [] }
            return inbox.work
        }
        ready.append(contentsOf: work)
    }

    /// Runs what is ready, and what that makes ready, up to a limit: two tasks that keep waking each other must not keep
    /// everybody else's descriptors waiting. What is left runs in the next tick, which then does not wait.
    private func drain() {
        var rounds = 0
        while !ready.isEmpty, rounds < Self.roundsPerTick {
            rounds += 1
            swap(&ready, &running)
            let executor = asUnownedTaskExecutor()
            for work in running {
                switch work {
                case .job(let job): job.runSynchronously(on: executor)
                case .call(let call): call()
                }
            }
            running.removeAll(keepingCapacity: true)
        }
    }

    // MARK: The loop

    private func run() {
        LoopThread.currentLoop = self
        while !isStopping { tick() }
        drain()
        timers.removeAll()
        for continuation in stopped { continuation.resume() }
        LoopThread.currentLoop = nil
    }

    private func tick() {
        let count = poller.wait(timeout: ready.isEmpty && !mustTick ? waitMilliseconds() : 0)
        mustTick = false
        hooksRun = nil
        now = Self.monotonicNanoseconds()
        for index in 0..<count {
            if let (token, events) = poller.event(at: index) { token.handler(events) }
        }
        while let timer = timers.popDue(at: now) { timer.take()?() }
        drain()
        runHooks(.http)
        drain()
        runHooks(.gathering)
        runHooks(.redis)
    }

    private func runHooks(_ priority: HookPriority) {
        hooksRun = priority
        for hook in hooks where hook.priority == priority { hook.token.action() }
    }

    /// Whether the hooks of this kind have had their turn in this tick, or have it now.
    package func isPast(_ priority: HookPriority) -> Bool {
        assertInLoop()
        return hooksRun.map { $0.rawValue >= priority.rawValue } ?? false
    }

    /// Makes the next tick begin without waiting: for a hook that has more to do than it wants to do at once.
    package func tickAgain() {
        assertInLoop()
        mustTick = true
    }

    private func waitMilliseconds() -> Int32 {
        guard let next = timers.next else { return -1 }
        let now = Self.monotonicNanoseconds()
        guard next > now else { return 0 }
        return Int32(clamping: (next - now + 999_999) / 1_000_000)
    }

    /// Ends the loop after the work already accepted and waits for it. Tasks still suspended on it never resume, so
    /// stop what runs here first. Not to be called on the loop.
    package func stop() async {
        precondition(!isCurrent, "a loop cannot wait for its own end")
        await withCheckedContinuation { continuation in
            execute { [self] in
                isStopping = true
                stopped.append(continuation)
            }
        }
    }

    // MARK: Timers, descriptors, hooks: on the loop only

    /// Runs `action` on the loop once `delay` has passed. Call on the loop.
    @discardableResult
    package func schedule(after delay: Duration, _ action: @escaping () -> Void) -> TimerHandle {
        assertInLoop()
        timerSequence += 1
        let deadline = Self.monotonicNanoseconds() &+ delay.clampedNanoseconds
        let timer = TimerHandle(deadline: deadline, sequence: timerSequence, loop: self, action: action)
        timers.insert(timer)
        return timer
    }

    func noteCancelledTimer() {
        assertInLoop()
        timers.noteCancelled()
    }

    /// Calls `handler` on the loop whenever `fd` is ready (level-triggered). Call on the loop; one watch per descriptor.
    package func watch(
        fd: Int32, events: IOEvents, _ handler: @escaping (IOEvents) -> Void
    ) throws(SystemError) -> WatchToken {
        assertInLoop()
        let token = WatchToken(fd: fd, loop: self, handler: handler)
        try poller.add(token, events: events)
        return token
    }

    func modify(_ token: WatchToken, events: IOEvents) throws(SystemError) {
        assertInLoop()
        try poller.modify(token, events: events)
    }

    func remove(_ token: WatchToken) {
        assertInLoop()
        poller.remove(token)
    }

    /// Runs `action` at the end of every tick until the token is cancelled. Call on the loop.
    package func onTickEnd(priority: HookPriority, _ action: @escaping () -> Void) -> HookToken {
        assertInLoop()
        let token = HookToken(loop: self, action: action)
        hooks.append((priority, token))
        return token
    }

    func remove(_ token: HookToken) {
        assertInLoop()
        hooks.removeAll { $0.token === token }
    }

    package static func monotonicNanoseconds() -> UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return UInt64(time.tv_sec) &* 1_000_000_000 &+ UInt64(time.tv_nsec)
    }
}

/// A tick-end hook; loop-confined.
package final class HookToken: @unchecked Sendable {  // loop: its own, asserted
    let action: () -> Void
    private unowned let loop: EventLoop

    init(loop: EventLoop, action: @escaping () -> Void) {
        self.loop = loop
        self.action = action
    }

    /// The hook is not called again.
    package func cancel() { loop.remove(self) }
}

extension Duration {
    /// Whole nanoseconds; what is negative is 0, what is longer than 146 years is 146 years.
    package var clampedNanoseconds: UInt64 {
        let (seconds, attoseconds) = components
        guard seconds >= 0, attoseconds >= 0 else { return 0 }
        guard seconds < 4_611_686_018 else { return 4_611_686_018_000_000_000 }
        return UInt64(seconds) * 1_000_000_000 + UInt64(attoseconds / 1_000_000_000)
    }
}
