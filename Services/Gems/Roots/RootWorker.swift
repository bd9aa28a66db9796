import BSON
import Domain
import Ledger
import Lifecycle
import MongoClient
import Records
import ServiceKit
import Telemetry

/// Publishes the root of each day once it is over, and tells how many gems there are.
struct RootWorker: Service {
    let context: ServiceContext
    var interval = Duration.minutes(5)

    static let secret = Variable(
        "KEY_ENCRYPTION_SECRET", .secret(minimum: 32), optional: true,
        "Seals the key that signs the ledger's daily roots; worker:roots alone needs it.")

    private static let supply = Metrics.shared.gauge(
        "circle_gems_supply", help: "Gems in people's balances, counted once an hour.")
    private static let issued = Metrics.shared.gauge(
        "circle_gems_emission_leased", help: "Of today's budget, what workers have taken.")

    func run() async throws {
        let signal = ShutdownSignal.current ?? ShutdownSignal()
        let log = context.logger("roots")
        let secret = context.configuration.optional(Self.secret)
        var measuredAt = Instant(milliseconds: 0)
        if secret == nil { log.error("roots are not signed: KEY_ENCRYPTION_SECRET is missing") }
        while !signal.isRaised {
            do {
                if let secret {
                    let days = try await PublishRoots(database: context.mongo.database, secret: secret)(at: .now())
                    for day in days { log.info("a root is published", ["day": day]) }
                }
                try await measureEmission()
                if .now() - measuredAt > .hours(1) {
                    try await measureSupply()
                    measuredAt = .now()
                }
            } catch {
                log.warning("the day's root could not be published", ["reason": "\(error)"])
            }
            try? await signal.cancelling { try await pause(interval) }  // an early end is the signal's
        }
    }

    /// One pass over all amounts, so not often: in between, the counters of credits and debits tell.
    private func measureSupply() async throws {
        let rows = try await context.mongo.database.collection(GemCollections.transactions.name).aggregate([
            ["$group": ["_id": "$counterAccount", "gems": ["$sum": "$amount"]]]
        ])
        var balances: Int64 = 0
        for row in rows { balances += row.int64("gems") ?? 0 }
        Self.supply.set(Double(balances))
    }

    private func measureEmission() async throws {
        let day = try await context.mongo.database.collection(GemCollections.emission.name).findByID(
            .string(Instant.now().utcDay))
        Self.issued.set(Double(day?.int64("issued") ?? 0))
    }
}
