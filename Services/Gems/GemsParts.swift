import Domain
import Events
import HTTPServer
import Ledger
import MongoClient
import Records
import ServiceKit

/// Builds the concrete types that a role of gems needs.
struct GemsParts: Sendable {
    let context: ServiceContext
    let economy: EconomyConfiguration
    let bus: EventBus
    let ledger: Ledger
    let gifts: GiftCards
    let entitlements: EntitlementRows

    init(_ context: ServiceContext, economy: EconomyConfiguration = .standard) {
        self.context = context
        self.economy = economy
        let database = context.mongo.database
        bus = EventBus(redis: context.redis)
        ledger = Ledger(database: database, bus: bus)
        gifts = GiftCards(ledger: ledger, database: database, economy: economy)
        entitlements = EntitlementRows(database: database, log: context.logger("entitlements"))
    }

    private var database: MongoDatabase { context.mongo.database }

    var routes: [Route] {
        let catalog = ProductCatalog(database: database, log: context.logger("products"))
        let buy = BuyGoods(
            ledger: ledger, catalog: catalog, users: UserLookup(in: database), gifts: gifts, entitlements: entitlements)
        return AccountRoutes(ledger: ledger, accounts: GemAccounts(database: database, economy: economy)).routes
            + RootRoutes(database: database).routes
            + ProductRoutes(catalog: catalog, ledger: ledger, buy: buy, gifts: gifts).routes
    }

    var settle: SettleVotes {
        SettleVotes(
            ledger: ledger, database: database, economy: economy, dueGems: DueGems(database: database),
            budget: EmissionBudget(database: database, economy: economy), gifts: gifts,
            multipliers: VoteMultipliers(database: database, economy: economy))
    }

    /// Everything that pays bonuses, with one share of the day's budget between them.
    var bonuses: BonusWorker {
        let pay = PayBonus(
            ledger: ledger, database: database, economy: economy,
            budget: EmissionBudget(database: database, economy: economy))
        return BonusWorker(
            streaks: AwardStreaks(pay: pay, database: database, localTime: LocalTime(), bus: bus),
            referrals: AwardReferrals(pay: pay), trending: AwardTrending(pay: pay, database: database),
            context: context)
    }

    var sweeper: Sweeper {
        Sweeper(
            ledger: ledger, gifts: gifts, entitlements: entitlements, jobs: Lookup(in: database),
            log: context.logger("sweeper"))
    }

    /// What is stored with a change and not yet published.
    var relays: [OutboxRelay] {
        [GemCollections.transactions.name, GemCollections.streaks.name].map { name in
            Outbox(collection: database.collection(name), bus: bus).relay
        }
    }
}
