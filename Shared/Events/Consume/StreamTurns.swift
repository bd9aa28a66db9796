import RedisClient

/// Which streams a reader asks next, and for how much: all of them for little, and those that had more than that, a few at
/// a time, for whole batches. Pure, so that its turns can be tried without a server.
struct StreamTurns {
    /// One command.
    struct Read: Equatable {
        let streams: [RedisKey]
        /// From each.
        let count: Int
        /// Whether the command may wait for entries.
        let mayWait: Bool
    }

    private let streams: [RedisKey]
    private let batch: Int
    private let atOnce: Int
    /// What each of all streams is asked for, so that together they are not more than a few whole batches.
    private let share: Int
    /// Streams that had as much as they were asked for, those that have waited longest first.
    private var backlogged: [RedisKey] = []

    /// - Parameter atOnce: how many streams give whole batches at once; nil for all.
    init(_ streams: [RedisKey], batch: Int, atOnce: Int?) {
        self.streams = streams
        self.batch = batch
        self.atOnce = max(1, min(atOnce ?? streams.count, streams.count))
        share = max(1, batch * self.atOnce / max(1, streams.count))
    }

    /// The commands up to the next look at what stalls: one that waits, or one for a backlog and one for the others.
    mutating func next() -> [Read] {
        guard atOnce < streams.count, !backlogged.isEmpty else {
            return [Read(streams: streams, count: share, mayWait: true)]
        }
        let some = Array(backlogged.prefix(atOnce))
        let others = streams.filter { !backlogged.contains($0) }
        backlogged.removeFirst(some.count)
        let turn = Read(streams: some, count: batch, mayWait: false)
        return others.isEmpty ? [turn] : [turn, Read(streams: others, count: share, mayWait: false)]
    }

    /// - Parameter found: how many entries each stream gave.
    mutating func note(_ found: [(stream: RedisKey, count: Int)], of read: Read) {
        guard atOnce < streams.count else { return }
        for (stream, count) in found where count >= read.count { backlogged.append(stream) }
    }
}
