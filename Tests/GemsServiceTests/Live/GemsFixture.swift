import BSON
import Domain
import Ledger
import MongoClient
import Records
import Runtime
import ServiceKit
import Telemetry
import TestSupport

@testable import GemsService

/// The parts of gems over a database of the test's own, with a clock that the test moves.
struct GemsFixture: Sendable {
    let client: MongoClient
    let clock = Locked(Instant(milliseconds: 1_790_000_000_000))
    var economy = EconomyConfiguration.standard

    static func run(
        economy: EconomyConfiguration = .standard, _ body: (GemsFixture) async throws -> Void
    ) async throws {
        try await withDatabase(threads: 8) { client in
            try await Migrator(client.database).migrate(
                GemCollections.all + VoteCollections.all + GenerationCollections.all + SocialCollections.all
                    + [PostRecord.collection])
            try await body(GemsFixture(client: client, economy: economy))
        }
    }

    var now: Instant { clock.withLock { $0 } }
    func advance(_ duration: Duration) { clock.withLock { $0 = $0 + duration } }

    var database: MongoDatabase { client.database }
    var ledger: Ledger {
        let clock = clock
        return Ledger(database: database, now: { clock.withLock { $0 } })
    }
    var gifts: GiftCards { GiftCards(ledger: ledger, database: database, economy: economy) }
    var dueGems: DueGems { DueGems(database: database) }
    var settle: SettleVotes { settle(with: ledger) }
    func settle(with ledger: Ledger) -> SettleVotes {
        SettleVotes(
            ledger: ledger, database: database, economy: economy, dueGems: dueGems,
            budget: EmissionBudget(database: database, economy: economy), gifts: gifts,
            multipliers: VoteMultipliers(database: database, economy: economy))
    }
    var pay: PayBonus {
        PayBonus(
            ledger: ledger, database: database, economy: economy,
            budget: EmissionBudget(database: database, economy: economy))
    }
    var trending: AwardTrending { AwardTrending(pay: pay, database: database) }
    var bonusSweep: BonusSweep { BonusSweep(pay: pay, trending: trending, log: Logger(label: "test")) }
    var entitlements: EntitlementRows {
        EntitlementRows(database: database, log: Logger(label: "test"))
    }
    var buy: BuyGoods {
        BuyGoods(
            ledger: ledger, catalog: ProductCatalog(database: database, log: Logger(label: "test")),
            users: UserLookup(in: database), gifts: gifts, entitlements: entitlements)
    }
    var streaks: AwardStreaks {
        AwardStreaks(pay: pay, database: database, localTime: LocalTime(), bus: nil)
    }
    var sweeper: Sweeper {
        var sweeper = Sweeper(
            ledger: ledger, gifts: gifts, entitlements: entitlements, jobs: Lookup(in: database),
            log: Logger(label: "test"))
        sweeper.patience = .zero
        return sweeper
    }

    /// Says how many votes of an author count, as voting would, in one partition.
    func setVotes(_ accepted: Int64, of author: UserID, partition: Int32 = 0) async throws {
        try await client.collection("vote_totals_by_author").update(
            ["_id": ["author": .id(author), "partition": .int32(partition)]],
            [
                "$set": [
                    "partition": .int32(partition), "accepted": .int64(accepted), "displayed": .int64(accepted),
                    "updatedAt": .instant(now),
                    "lastAcceptedAt": .instant(now),
                ], "$inc": ["version": .int64(1)],
            ], upsert: true)
    }

    /// Says that somebody was brought by somebody else, as social would.
    func setReferral(of newcomer: UserID, by referrer: UserID, validatedAt: Instant) async throws {
        try await client.collection("referrals").insert([
            "_id": .id(newcomer), "referrerId": .id(referrer), "state": "validated", "emailVerified": true,
            "activeDays": [], "createdAt": .instant(validatedAt), "updatedAt": .instant(validatedAt),
            "validatedAt": .instant(validatedAt),
        ])
    }

    func give(_ gems: Gems, to user: UserID) async throws {
        try await ledger.award(gems, to: user, source: .admin, key: "gift-of-test:\(ObjectID().hex)")
    }

    func purchase(_ product: String, by user: UserID, key: String) async throws -> Purchase {
        try await buy(
            product, for: user, recipientUsername: nil,
            request: RequestKey(person: user, route: "POST /v1/gems/purchases", key: key))
    }

    func verify(settled: Bool = true) async throws -> VerifyBooks.Report {
        try await VerifyBooks(
            database: database, economy: economy, now: now, options: .init(wantsSettled: settled)
        ).run()
    }
}
