/// The timers of one loop, soonest first. A pure structure: the loop says what time it is.
///
/// Cancelling marks an entry and leaves it in place; when more than half are marked the heap is rebuilt, so that many
/// short-lived deadlines cost neither a search nor memory without bound.
struct TimerHeap {
    private var entries: [TimerHandle] = []
    private var cancelled = 0

    var isEmpty: Bool { entries.isEmpty }
    var count: Int { entries.count - cancelled }

    /// The instant of the next timer, in nanoseconds, cancelled ones included.
    var next: UInt64? { entries.first?.deadline }

    mutating func insert(_ entry: TimerHandle) {
        entries.append(entry)
        siftUp(entries.count - 1)
    }

    /// Forgets all timers; cancelling one of them afterwards is harmless.
    mutating func removeAll() {
        for entry in entries { _ = entry.take() }
        entries = []
        cancelled = 0
    }

    mutating func noteCancelled() {
        cancelled += 1
        guard cancelled > 64, cancelled * 2 > entries.count else { return }
        entries.removeAll { $0.action == nil }
        cancelled = 0
        for index in stride(from: entries.count / 2, through: 0, by: -1) { siftDown(index) }
    }

    /// Takes out the next timer that is due at `now`, and returns it unless it was cancelled.
    mutating func popDue(at now: UInt64) -> TimerHandle? {
        while let first = entries.first, first.deadline <= now {
            entries.swapAt(0, entries.count - 1)
            entries.removeLast()
            siftDown(0)
            if first.action != nil { return first }
            cancelled -= 1
        }
        return nil
    }

    private mutating func siftUp(_ start: Int) {
        var child = start
        while child > 0 {
            let parent = (child - 1) / 2
            guard entries[child].isBefore(entries[parent]) else { return }
            entries.swapAt(child, parent)
            child = parent
        }
    }

    private mutating func siftDown(_ start: Int) {
        var parent = start
        while true {
            var least = parent
            for child in [2 * parent + 1, 2 * parent + 2] where child < entries.count {
                if entries[child].isBefore(entries[least]) { least = child }
            }
            guard least != parent else { return }
            entries.swapAt(parent, least)
            parent = least
        }
    }
}

/// A timer of a loop. Loop-confined: cancel it on its loop.
package final class TimerHandle: @unchecked Sendable {  // loop: its own, asserted
    let deadline: UInt64
    private let sequence: UInt64
    private(set) var action: (() -> Void)?
    /// The loop drops its timers when it ends, and a dropped timer does not ask for it.
    private unowned let loop: EventLoop

    init(deadline: UInt64, sequence: UInt64, loop: EventLoop, action: @escaping () -> Void) {
        self.deadline = deadline
        self.sequence = sequence
        self.loop = loop
        self.action = action
    }

    /// Timers of one instant fire in the order in which they were set.
    func isBefore(_ other: TimerHandle) -> Bool {
        deadline != other.deadline ? deadline < other.deadline : sequence < other.sequence
    }

    /// Hands out the action, once.
    func take() -> (() -> Void)? {
        defer { action = nil }
        return action
    }

    /// The action will not run. Harmless once it ran.
    package func cancel() {
        guard action != nil else { return }
        action = nil
        loop.noteCancelledTimer()
    }
}
