import BSON
import Domain
import Events
import Lifecycle
import MongoClient
import Records
import RedisClient
import Runtime
import ServiceKit
import Telemetry

/// Writes what the votes stream says into the permanent record, a batch a transaction, and projects the result.
///
/// A delivery holds the votes of one call. One of them that cannot be read or written makes it a dead letter and does not
/// keep the others from being written; they change nothing when the letter is replayed.
/// An entry that was applied before changes nothing, since a pair takes newer stream ids only; it is projected again, as
/// the process may have ended between the transaction and the projection.
struct PersistVotes: Sendable {
    static let group = "voting.persist"
    /// More would only wait for each other in the database, and the longest for longer than it may: while one is there,
    /// another is scored, projected and told.
    static let transactionsAtOnce = 2

    /// Of one partition. Totals, and what is told of them, are written once a batch however many of its votes they are
    /// for: the longer the backlog, the less a vote costs, down to a point.
    let votesPerTransaction: Int
    /// A batch is read by its entries, which hold a few votes each: what comes to a little more goes along.
    private var mostOfATransaction: Int { votesPerTransaction * 9 / 8 }
    let score: ScoreVotes
    let votes: MongoVotes
    let project: ProjectVotes
    private let log = Logger(label: "voting.persist")

    init(score: ScoreVotes, votes: MongoVotes, project: ProjectVotes, votesPerTransaction: Int) {
        self.votesPerTransaction = votesPerTransaction
        self.score = score
        self.votes = votes
        self.project = project
    }

    /// Handles a batch; a few streams side by side, each in order.
    func callAsFunction(_ deliveries: [StreamDelivery]) async -> [DeliveryOutcome] {
        var streams = Array(Dictionary(grouping: deliveries.indices) { deliveries[$0].stream }.values)
        var outcomes = [DeliveryOutcome](repeating: .done, count: deliveries.count)
        await withTaskGroup(of: [(Int, DeliveryOutcome)].self) { tasks in
            func startNext() {
                guard let indices = streams.popLast() else { return }
                tasks.addTask { Array(zip(indices, await persist(deliveries, indices))) }
            }
            for _ in 0..<Self.transactionsAtOnce { startNext() }
            for await results in tasks {
                for (index, outcome) in results { outcomes[index] = outcome }
                startNext()
            }
        }
        return outcomes
    }

    /// - Parameter indices: those of one stream.
    private func persist(_ deliveries: [StreamDelivery], _ indices: [Int]) async -> [DeliveryOutcome] {
        var outcomes = [DeliveryOutcome](repeating: .done, count: indices.count)
        var batch: [VoteEntry] = []
        var places: [Int] = []
        func write() async {
            for (place, outcome) in zip(places, await apply(batch)) { outcomes[place].join(outcome) }
            batch.removeAll(keepingCapacity: true)
            places.removeAll(keepingCapacity: true)
        }
        for (place, index) in indices.enumerated() {
            let (entries, rejection) = VoteEntry.read(deliveries[index])
            if let rejection { outcomes[place] = .rejected(rejection) }
            // What came in one call is written together, so that a position says that all of it is known.
            if batch.count + entries.count > mostOfATransaction, !batch.isEmpty { await write() }
            batch += entries
            for _ in entries { places.append(place) }
        }
        if !batch.isEmpty { await write() }
        return outcomes
    }

    /// Waits for stores that are away, so that a partition's order is kept; takes a batch apart that cannot be written
    /// as a whole, so that one bad entry does not hold up the others, nor one bad vote those of its entry.
    private func apply(_ entries: [VoteEntry]) async -> [DeliveryOutcome] {
        var pause = Duration.milliseconds(50)
        while true {
            do {
                return try await transact(entries)
            } catch {
                let outcome = DeliveryOutcome(error)
                log.warning("a batch was not persisted", ["entries": "\(entries.count)", "reason": "\(error)"])
                if case .postponed = outcome {
                    if ShutdownSignal.current?.isRaised == true || Task.isCancelled {
                        return entries.map { _ in outcome }
                    }
                    let loop = EventLoop.current
                    // A cancelled task tries once more and then leaves by the way above.
                    try? await loop?.sleep(for: pause)
                    pause = min(pause * 2, .seconds(2))
                } else if entries.count == 1 {
                    return [outcome]
                } else {
                    var outcomes: [DeliveryOutcome] = []
                    for part in Self.parts(of: entries) { outcomes += await apply(part) }
                    return outcomes
                }
            }
        }
    }

    /// What a batch is taken apart into: what came in one call stays together, so that a post's row knows all or nothing
    /// of it; only a call that cannot be written as a whole is taken apart into its votes.
    private static func parts(of entries: [VoteEntry]) -> [[VoteEntry]] {
        var calls: [[VoteEntry]] = []
        for entry in entries {
            if calls.last?.first?.position == entry.position {
                calls[calls.count - 1].append(entry)
            } else {
                calls.append([entry])
            }
        }
        return calls.count > 1 ? calls : entries.map { [$0] }
    }

    private func transact(_ entries: [VoteEntry]) async throws -> [DeliveryOutcome] {
        guard let first = entries.first else { return [] }
        let now = Instant.now()
        let scored = try await score(entries)
        var scope = MongoVotes.Scope(partition: Partition(of: first.voterID))
        scope.position = entries.map(\.position).max()
        scope.evidence = scored
        scope.pairs.reserveCapacity(entries.count)
        for entry in entries {
            scope.pairs.insert(entry.pair)
            scope.voters.insert(entry.voterID)
            scope.authors.insert(entry.authorID)
            scope.posts.insert(entry.postID)
            guard let score = scored.score(of: entry.pair), score.isFlagged else { continue }
            scope.flags[entry.pair] = VoteFlagged(
                postID: entry.postID, voterID: entry.voterID, authorID: entry.authorID, score: score.value,
                reasons: score.reasons.map(\.signal.rawValue), flaggedAt: now)
        }
        let book = try await votes.change(scope, at: now) { book in
            book.expect(entries.count)
            for entry in entries { book.take(entry, scored.score(of: entry.pair)) }
        }
        try await project(book)
        VotingMetrics.persisted.increment(by: entries.count)
        VotingMetrics.flagged.increment(by: book.flaggedPairs.count)
        return entries.map { _ in .done }
    }
}

extension DeliveryOutcome {
    /// What becomes of a delivery of whose votes another came to this: what has to be tried again is tried again with all.
    fileprivate mutating func join(_ other: DeliveryOutcome) {
        if other.weight > weight { self = other }
    }

    private var weight: Int {
        switch self {
        case .done: 0
        case .rejected: 1
        case .failed: 2
        case .postponed: 3
        }
    }
}
