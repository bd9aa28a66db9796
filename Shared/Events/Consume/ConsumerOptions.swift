package import RedisClient
import Telemetry

/// How a group reads; the defaults suit an ordinary worker.
package struct ConsumerOptions: Sendable {
    /// Entries handed out at once, from each stream; where an entry holds several things, so many of them.
    package var batch = 100
    /// Where an entry holds several things.
    package var entryHolds: Holding?
    /// Streams of which whole batches are read at once: of the rest of a backlog nothing is held meanwhile, so that it
    /// takes no memory and no heartbeats. Nil for all of them.
    package var streamsAtOnce: Int?
    /// The longest wait for new entries; stalled ones are looked for in between.
    package var block: Duration = .seconds(5)
    /// An entry that nobody has touched for so long is taken over from whoever had it.
    package var stallAfter: Duration = .seconds(5)
    /// After so many times an entry that still fails becomes a dead letter.
    package var attempts = 5
    /// Whether the streams keep what this group has not acknowledged. A group that is not critical may lose what is
    /// older than a topic's retention, and reads the database again.
    package var isCritical = true
    /// Names this reader in the group; unique among the processes.
    package var consumer = Self.processName + "-" + TraceIdentifiers.requestID().prefix(6)

    /// How many things an entry holds.
    package struct Holding: Sendable {
        /// No entry holds more: what is expected of entries that nobody has seen yet.
        let most: Int
        let count: @Sendable (RedisStreamEntry) -> Int

        package init(most: Int, _ count: @escaping @Sendable (RedisStreamEntry) -> Int) {
            self.most = most
            self.count = count
        }
    }

    private static let processName =
        (ProcessFacts.environment("HOSTNAME") ?? "host") + "-\(ProcessFacts.processID)"

    package init() {}

    /// For groups that take totals together: the more of them are read at once, the fewer writes they come to.
    package static var totals: ConsumerOptions {
        var options = ConsumerOptions()
        options.batch = 500
        return options
    }
}
