import Domain
import Lifecycle
package import ServiceKit

/// The ledger's service: balances, products, purchases, settlement of votes, bonuses.
package enum GemsService {
    package static let definition = ServiceDefinition(
        name: "gems", summary: "The ledger: balances, products, purchases, vote gems and bonuses.",
        routes: { context in GemsParts(context).routes },
        workers: [
            .init("settlement", "Pays the gems that votes make due, and takes back those of reversed votes.") {
                context in
                SettlementWorker(settle: GemsParts(context).settle, context: context)
            },
            .init("bonuses", "Awards people for coming back, day after day.") { context in
                BonusWorker(streaks: GemsParts(context).streaks, context: context)
            },
            .init("sweeper", "Finishes holds, gift cards and entitlements that a crash left half done.") { context in
                GemsParts(context).sweeper
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
            }
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
