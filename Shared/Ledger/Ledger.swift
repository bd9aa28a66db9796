import BSON
package import Domain
package import Events
package import MongoClient
import Records
import Runtime
import Telemetry

/// The books: every gem that anybody has, as entries that are only ever added.
///
/// One insert is the commit. Two writers at once want the same (person, number); one loses, reads the new head and tries
/// again, so no lock is held and no balance is ever computed from a stale one.
package struct Ledger: Sendable {
    /// A made entry, or the one that its key made before.
    package enum Outcome: Equatable, Sendable {
        case made(LedgerEntry)
        case existing(LedgerEntry)

        package var entry: LedgerEntry {
            switch self {
            case .made(let entry), .existing(let entry): entry
            }
        }

        package var isNew: Bool { if case .made = self { true } else { false } }
    }

    package let entries: MongoCollection
    let outbox: Outbox?
    private let now: @Sendable () -> Instant

    /// - Parameters:
    ///   - bus: publishes an entry's events right after it; nil leaves them to the relay of gems.
    ///   - now: the clock, for tests.
    package init(
        database: MongoDatabase, bus: EventBus? = nil,
        now: @escaping @Sendable () -> Instant = { Instant(milliseconds: WallClock.milliseconds()) }
    ) {
        entries = database.collection(GemCollections.transactions.name)
        outbox = bus.map { Outbox(collection: database.collection(GemCollections.transactions.name), bus: $0) }
        self.now = now
    }

    package var currentTime: Instant { now() }

    /// Makes one entry, once for its key.
    ///
    /// - Parameter posting: called with the newest head and the entry's time, again after each lost race. Facts that
    ///   decide whether to post have to be read in it: read before, they may be older than the head.
    /// - Returns: `existing` when the key has an entry already; its `requestKey` tells whose it is.
    /// - Throws: `refused`: nothing was made. `store`: the entry may have been made; a retry with its key is safe.
    @discardableResult
    package func post(
        to user: UserID, key: String, _ posting: @Sendable (LedgerHead, Instant) async throws(LedgerError) -> Posting
    ) async throws(LedgerError) -> Outcome {
        for attempt in 0..<Self.attempts {
            let head = try await head(of: user)
            let now = head.nextTime(clock: currentTime)
            let new: NewEntry
            do throws(LedgerError) {
                new = try Self.entry(try await posting(head, now), of: user, after: head, at: now)
            } catch {
                // A retry of what was made already is not refused because it cannot be made again.
                if let existing = try await self.entry(of: user, key: key) { return .existing(existing) }
                throw error
            }
            switch try await insert(new) {
            case .inserted: return .made(new.entry)
            case .keyTaken:
                if let existing = try await self.entry(of: user, key: key) { return .existing(existing) }
            case .numberTaken: break
            }
            try await Self.pause(afterAttempt: attempt)
        }
        throw .store(.transient("too many writers for one person's books"))
    }

    /// Makes the entry that follows from the head, if one does: for rules that decide by the books what comes next.
    ///
    /// - Parameter posting: called with the newest head and the entry's time, again after each lost race; nil when nothing
    ///   is to be made.
    /// - Returns: the entry, nil when there was none to make.
    package func follow(
        _ user: UserID, _ posting: @Sendable (LedgerHead, Instant) async throws(LedgerError) -> Posting?
    ) async throws(LedgerError) -> LedgerEntry? {
        for attempt in 0..<Self.attempts {
            let head = try await head(of: user)
            let now = head.nextTime(clock: currentTime)
            guard let posting = try await posting(head, now) else { return nil }
            let new = try Self.entry(posting, of: user, after: head, at: now)
            if case .inserted = try await insert(new) { return new.entry }
            try await Self.pause(afterAttempt: attempt)
        }
        throw .store(.transient("too many writers for one person's books"))
    }

    static func entry(
        _ posting: Posting, of user: UserID, after head: LedgerHead, at now: Instant
    ) throws(LedgerError) -> NewEntry {
        do throws(LedgerRefusal) {
            return try NewEntry(posting, of: user, after: head, at: now)
        } catch {
            throw .refused(error)
        }
    }

    private static let attempts = 400

    private enum Insertion { case inserted, keyTaken, numberTaken }

    private func insert(_ new: NewEntry) async throws(LedgerError) -> Insertion {
        let entry = new.entry
        var writer = BSONWriter(reserving: 2048)
        writer.document { new.write(to: &$0) }
        do throws(MongoError) {
            try await entries.insert(encoded: writer)
            LedgerMetrics.count(CollectionOfOne((source: entry.source, amount: entry.amount)))
        } catch {
            guard case .duplicateKey(let taken) = error else { throw LedgerError(error) }
            return taken.index.hasPrefix("userId_1_seq") ? .numberTaken : .keyTaken
        }
        await outbox?.deliver(new.events, of: ["_id": .id(entry.id), "userId": .id(entry.userID)])
        return .inserted
    }

    /// Losers wait a little, unevenly, so that a crowd gets through.
    private static func pause(afterAttempt attempt: Int) async throws(LedgerError) {
        guard attempt > 1 else { return }
        let pause = Duration.microseconds(Int64.random(in: 100...min(Int64(attempt) * 1_000, 20_000)))
        do {
            if let loop = EventLoop.current {
                try await loop.sleep(for: pause)
            } else {
                try await Task.sleep(for: pause)
            }
        } catch {
            throw .store(.timeout("cancelled"))
        }
    }
}

/// Why the ledger did nothing, or may have.
package enum LedgerError: Error, Equatable, Sendable {
    case refused(LedgerRefusal)
    /// MongoDB is away or slow: the entry may have been made; a retry with the same key is safe.
    case store(MongoError)
    /// An entry that this code cannot read.
    case corrupt(String)

    init(_ error: MongoError) { self = .store(error) }

    /// What to throw where a store's own error tells more: whoever waits for stores knows it.
    package var cause: any Error { if case .store(let error) = self { error } else { self } }
}
