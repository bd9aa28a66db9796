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
        let consumer = EventConsumer(group: "gems.settlement", redis: context.redis)
            .on(AuthorVoteTotalsChanged.self) { [settle] event in
                try await Self.settling { () async throws(LedgerError) in try await settle(event.payload.authorID) }
            }
        let sweep = SettlementSweep(settle: settle, log: context.logger("settlement"))
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask { try await consumer.run() }
            group.addTask { try await sweep.run() }
            try await group.waitForAll()
        }
    }

    /// A store that is away is told as such, so that the event waits and is not counted as failed.
    static func settling(_ body: () async throws(LedgerError) -> Int) async throws {
        do throws(LedgerError) {
            _ = try await body()
        } catch {
            throw error.cause
        }
    }
}

/// Reads totals that changed lately, and gems that waited for today: what events bring sooner.
struct SettlementSweep: Service {
    let settle: SettleVotes
    let log: Logger
    var interval = Duration.seconds(10)

    func run() async throws {
        let signal = ShutdownSignal.current ?? ShutdownSignal()
        var since = Instant(milliseconds: 0)
        while !signal.isRaised {
            let started = settle.ledger.currentTime
            do {
                try await pass(since: since)
                // Writers' clocks may differ a little.
                since = started - .minutes(2)
            } catch {
                log.warning("the sweep over vote totals failed", ["reason": "\(error)"])
            }
            try? await signal.cancelling { try await pause(interval) }  // an early end is the signal's
        }
    }

    /// One look at everything that may be due.
    ///
    /// - Parameter since: totals changed before are left out; the first pass takes all of them.
    func pass(since: Instant = Instant(milliseconds: 0)) async throws {
        let totals = settle.database.collection(VoteCollections.authorTotals.name)
        var seen: Set<UserID> = []
        try await totals.forEachBatch(
            ["updatedAt": ["$gte": .instant(since)]], projection: ["_id": 1], batchSize: 500
        ) { batch in
            for document in batch {
                guard let author = document.document("_id")?.id("author", as: UserID.self),
                    seen.insert(author).inserted
                else { continue }
                try await settleOne(author)
            }
        }
        for author in try await settle.dueGems.authorsDue(at: settle.ledger.currentTime, limit: 1_000) {
            try await settleOne(author)
        }
    }

    private func settleOne(_ author: UserID) async throws {
        do throws(LedgerError) {
            try await settle(author)
        } catch {
            if case .store = error { throw error.cause }
            log.error("an author cannot be settled", ["author": author.hex, "reason": "\(error)"])
        }
    }
}
