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
    /// How many of what a batch counts an entry holds: what those that came last held on average, rounded up.
    private var held: Int
    /// Streams that had as much as they were asked for, those that have waited longest first.
    private var backlogged: [RedisKey] = []

    /// - Parameters:
    ///   - atOnce: how many streams give whole batches at once; nil for all.
    ///   - held: how many of what a batch counts an entry holds at most.
    init(_ streams: [RedisKey], batch: Int, atOnce: Int?, held: Int = 1) {
        self.streams = streams
        self.held = max(1, held)
        self.batch = batch
        self.atOnce = max(1, min(atOnce ?? streams.count, streams.count))
        share = max(1, batch * self.atOnce / max(1, streams.count))
    }

    /// The commands up to the next look at what stalls: one that waits, or one for a backlog and one for the others.
    mutating func next() -> [Read] {
        guard atOnce < streams.count, !backlogged.isEmpty else {
            return [Read(streams: streams, count: entries(share), mayWait: true)]
        }
        let some = Array(backlogged.prefix(atOnce))
        let others = streams.filter { !backlogged.contains($0) }
        backlogged.removeFirst(some.count)
        let turn = Read(streams: some, count: entries(batch), mayWait: false)
        return others.isEmpty ? [turn] : [turn, Read(streams: others, count: entries(share), mayWait: false)]
    }

    /// Of one stream.
    var entriesOfABatch: Int { entries(batch) }

    private func entries(_ things: Int) -> Int { max(1, things / held) }

    /// - Parameters:
    ///   - found: how many entries each stream gave.
    ///   - things: how many they held in all.
    mutating func note(_ found: [(stream: RedisKey, count: Int)], holding things: Int? = nil, of read: Read) {
        let entries = found.reduce(0) { $0 + $1.count }
        if entries > 0, let things { held = max(1, (things + entries - 1) / entries) }
        guard atOnce < streams.count else { return }
        for (stream, count) in found where count >= read.count { backlogged.append(stream) }
    }
}
