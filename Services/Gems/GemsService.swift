import Domain
import Lifecycle
package import ServiceKit

/// The ledger's service: balances, products, purchases, settlement of votes, bonuses.
package enum GemsService {
    package static let definition = ServiceDefinition(
        name: "gems", summary: "The ledger: balances, products, purchases, vote gems and bonuses.",
        variables: [RootWorker.secret],
        routes: { context in GemsParts(context).routes },
        workers: [
            .init("settlement", "Pays the gems that votes make due, and takes back those of reversed votes.") {
                context in
                SettlementWorker(settle: GemsParts(context).settle, context: context)
            },
            .init("bonuses", "Awards people for coming back, for whom they bring, and for the top of the day.") {
                context in GemsParts(context).bonuses
            },
            .init("sweeper", "Finishes holds, gift cards and entitlements that a crash left half done.") { context in
                GemsParts(context).sweeper
            },
            .init("roots", "Publishes the signed root of the ledger's day, and tells how many gems there are.") {
                context in RootWorker(context: context)
            },
            .init("outbox", "Publishes events that a crash left in the ledger.") { context in
                ServicesTogether(GemsParts(context).relays)
            },
        ],
        commands: [
            .init(
                "verify", usage: "verify [--settled] [--as-of TIME] [--balances]",
                "Replays the ledger and checks the books; exits 1 when they are wrong."
            ) { context, arguments in
                try await VerifyCommand(context: context, economy: .standard).run(arguments)
            },
            .init(
                "products", usage: "products [set-price ID GEMS | retire ID | restore ID]",
                "Lists products with their versions, or makes the next version of one."
            ) { context, arguments in try await ProductsCommand(database: context.mongo.database).run(arguments) },
            .init(
                "simulate",
                usage: "simulate [--days N] [--people N] [--seed N] [--economy FILE] [--chart FILE.svg]",
                needsStores: false,
                "Plays days of the economy and prints supply, velocity and concentration; needs no store."
            ) { _, arguments in try SimulateCommand().run(arguments) },
        ])
}

/// Several services that run and stop as one.
struct ServicesTogether: Service {
    private let services: [any Service]

    init(_ services: [any Service]) { self.services = services }

    func run() async throws {
        try await withThrowingTaskGroup(of: Void.self) { group in
            for service in services { group.addTask { try await service.run() } }
            try await group.waitForAll()
        }
    }
}
