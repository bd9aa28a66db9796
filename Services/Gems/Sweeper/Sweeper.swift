import BSON
import Domain
import Ledger
import Lifecycle
import MongoClient
import Records
import Telemetry

/// Finishes what a crash left half done: holds of jobs that ended, gift cards on their way, rows of entitlements.
struct Sweeper: Service {
    let ledger: Ledger
    let gifts: GiftCards
    let entitlements: EntitlementRows
    let jobs: Lookup<GenerationRecord>
    let log: Logger
    var interval = Duration.seconds(30)
    /// Younger things are still in somebody's hands.
    var patience = Duration.minutes(2)
    /// Older things were finished by an earlier pass.
    var reach = Duration.hours(48)

    func run() async throws {
        let signal = ShutdownSignal.current ?? ShutdownSignal()
        while !signal.isRaised {
            for (name, step) in steps {
                do {
                    try await step()
                } catch {
                    log.warning("a sweep failed", ["of": name, "reason": "\(error)"])
                }
            }
            try? await signal.cancelling { try await pause(interval) }  // an early end is the signal's
        }
    }

    /// One look at everything.
    func pass() async throws {
        for (_, step) in steps { try await step() }
    }

    private var steps: [(String, @Sendable () async throws -> Void)] {
        [("holds", sweepHolds), ("gift cards", sweepCards), ("entitlements", sweepEntitlements)]
    }

    /// The job's terminal status decides how its hold ends; a job that was never stored gives the gems back.
    @Sendable private func sweepHolds() async throws {
        let now = ledger.currentTime
        try await forEachEntry(source: .generation, since: now - reach, until: now - patience) { entry in
            let hold = String(entry.key.dropFirst("hold:".count))
            guard try await ledger.closing(of: hold, for: entry.userID) == nil else { return }
            switch try await job(of: entry)?.status {
            case .queued, .processing: break
            case .completed: try await ledger.capture(hold, of: entry.userID, description: "Generation")
            case .failed, .cancelled: try await ledger.void(hold, of: entry.userID, description: "Generation ended")
            case nil where entry.createdAt < now - .minutes(10):
                try await ledger.void(hold, of: entry.userID, description: "Generation never began")
            case nil: break
            }
        }
    }

    private func job(of entry: LedgerEntry) async throws -> GenerationRecord? {
        guard let id = entry.referenceID.flatMap(ObjectID.init(hex:)) else { return nil }
        return try await jobs.byID(.objectID(id))
    }

    @Sendable private func sweepCards() async throws {
        for card in try await gifts.unsettled(before: ledger.currentTime - patience, limit: 500) {
            try await gifts.finish(card)
        }
    }

    @Sendable private func sweepEntitlements() async throws {
        let now = ledger.currentTime
        for source in EntrySource.granting {
            try await forEachEntry(source: source, since: now - reach, until: now - patience) { entry in
                try await entitlements.insert(entry)
            }
        }
    }

    private func forEachEntry(
        source: EntrySource, since: Instant, until: Instant, _ body: (LedgerEntry) async throws -> Void
    ) async throws {
        let filter: BSONDocument = [
            "source": .string(source.rawValue), "createdAt": ["$gte": .instant(since), "$lte": .instant(until)],
        ]
        try await ledger.entries.forEachBatch(filter, sort: ["createdAt": 1], batchSize: 200) { batch in
            for document in batch { try await body(try LedgerEntry(document)) }
        }
    }
}
