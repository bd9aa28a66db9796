import BSON
import Domain
import Events
import Ledger
import Lifecycle
import MongoClient
import Records
import ServiceKit
import Telemetry

/// Settles authors whose votes changed, as events say, and sweeps over the totals for what no event said.
struct SettlementWorker: Service {
    let settle: SettleVotes
    let context: ServiceContext

    func run() async throws {
        let log = context.logger("settlement")
        let batches = SettlementBatches(settle: settle, log: log)
        let consumer = StreamConsumer(
            group: "gems.settlement", topics: [AuthorVoteTotalsChanged.topic], redis: context.redis, options: .totals
        ) { deliveries in await batches.handle(deliveries) }
        let sweep = SettlementSweep(settle: settle, log: log)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await consumer.run() }
            group.addTask { try await sweep.run() }
            try await group.waitForAll()
        }
    }
}

/// Settles the authors that a batch of events names, each once however often it is named.
struct SettlementBatches: Sendable {
    let settle: SettleVotes
    let log: Logger

    func handle(_ deliveries: [StreamDelivery]) async -> [DeliveryOutcome] {
        var outcomes = [DeliveryOutcome](repeating: .done, count: deliveries.count)
        var authors: [UserID: [Int]] = [:]
        var trace: TraceContext?
        for (index, delivery) in deliveries.enumerated() where delivery.type == AuthorVoteTotalsChanged.type {
            do {
                let event = try EventEnvelope<AuthorVoteTotalsChanged>(delivery)
                authors[event.payload.authorID, default: []].append(index)
                trace = trace ?? event.trace
            } catch {
                outcomes[index] = .rejected(error.reason)
            }
        }
        guard !authors.isEmpty else { return outcomes }
        // One trace for the batch: that of its first event.
        let faults = await TraceContext.$current.withValue(trace?.child() ?? .generate()) {
            await settleAll(Array(authors.keys))
        }
        for (author, fault) in faults {
            for index in authors[author] ?? [] { outcomes[index] = fault }
        }
        return outcomes
    }

    /// - Returns: what went wrong, for those who could not be settled.
    private func settleAll(_ authors: [UserID]) async -> [UserID: DeliveryOutcome] {
        let signal = ShutdownSignal.current
        var wait = Duration.milliseconds(50)
        while true {
            do throws(LedgerError) {
                try await settle.turns.take(alone: false) { () async throws(LedgerError) in
                    _ = try await settle.settle(authors, remembering: true)
                }
                return [:]
            } catch {
                let outcome = DeliveryOutcome(error.cause)
                // One author's books may be beyond reading: the others are settled without them.
                guard case .postponed(let reason) = outcome else { return await settleEach(authors) }
                // While a store is away the batch waits for it.
                if signal?.isRaised == true { return Dictionary(authors.map { ($0, outcome) }) { first, _ in first } }
                log.warning("settlement waits", ["reason": reason])
                do { try await pause(wait) } catch { wait = .milliseconds(50) }
                wait = min(wait * 2, .seconds(5))
            }
        }
    }

    private func settleEach(_ authors: [UserID]) async -> [UserID: DeliveryOutcome] {
        var faults: [UserID: DeliveryOutcome] = [:]
        for author in authors {
            do throws(LedgerError) {
                try await settle(author)
            } catch {
                faults[author] = DeliveryOutcome(error.cause)
            }
        }
        return faults
    }
}

/// Reads totals that changed lately, and gems that waited for today: what events bring sooner.
struct SettlementSweep: Service {
    let settle: SettleVotes
    let log: Logger
    var interval = Duration.seconds(10)
    /// Every so many passes nothing is taken from memory.
    var thoroughEvery = 30

    func run() async throws {
        let signal = ShutdownSignal.current ?? ShutdownSignal()
        var (since, thoroughSince) = (Instant(milliseconds: 0), Instant(milliseconds: 0))
        var passes = 0
        while !signal.isRaised {
            let started = settle.ledger.currentTime
            let isThorough = passes % thoroughEvery == 0
            do {
                try await pass(since: isThorough ? thoroughSince : since, remembering: !isThorough)
                // Writers' clocks may differ a little.
                since = started - .seconds(20)
                if isThorough { thoroughSince = started - .minutes(2) }
                passes += 1
            } catch {
                log.warning("the sweep over vote totals failed", ["reason": "\(error)"])
            }
            try? await signal.cancelling { try await pause(interval) }  // an early end is the signal's
        }
    }

    /// One look at everything that may be due: first at what has waited for today, in the order in which it fell due.
    ///
    /// - Parameters:
    ///   - since: totals changed before are left out; the first pass takes all of them.
    ///   - remembering: whether heads that this process has seen may stand for those of the database.
    func pass(since: Instant = Instant(milliseconds: 0), remembering: Bool = false) async throws {
        let now = settle.ledger.currentTime
        let waiting = try await settle.dueGems.authorsDue(at: now, limit: 1_000)
        for author in try await settleAll(waiting, false) { try await settle.dueGems.forgetDue(of: author, at: now) }
        let totals = settle.database.collection(VoteCollections.authorTotals.name)
        var seen: Set<UserID> = []
        try await totals.forEachBatch(
            ["updatedAt": ["$gte": .instant(since)]], projection: ["_id": 1], batchSize: 500
        ) { batch in
            let authors = batch.compactMap { $0.document("_id")?.id("author", as: UserID.self) }
            try await settleAll(authors.filter { seen.insert($0).inserted }, remembering)
        }
    }

    /// - Returns: those who are settled now.
    @discardableResult
    private func settleAll(_ authors: [UserID], _ remembering: Bool) async throws -> [UserID] {
        do throws(LedgerError) {
            try await settle.turns.take(alone: true) { () async throws(LedgerError) in
                _ = try await settle.settle(authors, remembering: remembering)
            }
            return authors
        } catch {
            if case .store = error { throw error.cause }
            var settled: [UserID] = []
            for author in authors where try await settleOne(author) { settled.append(author) }
            return settled
        }
    }

    /// - Returns: false for an author whose books cannot be settled; the reason is in the log.
    private func settleOne(_ author: UserID) async throws -> Bool {
        do throws(LedgerError) {
            try await settle(author)
            return true
        } catch {
            if case .store = error { throw error.cause }
            log.error("an author cannot be settled", ["author": author.hex, "reason": "\(error)"])
            return false
        }
    }
}
