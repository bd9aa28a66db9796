import Domain
import Foundation
import Ledger
import Testing

@testable import GemsService

/// How much of a campaign runs: all of it in `make chaos`, a tenth in `make test`.
enum Campaign {
    static func share(of full: Int) -> Int {
        ProcessInfo.processInfo.environment["CIRCLE_CHAOS"] == "full" ? full : full / 10
    }
}

/// People who spend more than they have, at once: 1,000 of them in the full campaign.
@Suite(.serialized) struct PurchaseCrashCampaignTests {
    /// What one of them had, tried and got.
    private struct Trial: Sendable {
        let user = UserID.new()
        let balance = Gems(Int64.random(in: 5...45))
        let products = (0..<6).map { _ in
            ["ad-free-24h", "frame-bronze", "theme-aurora", "badge-comet"].randomElement()!
        }
    }

    private func spend(_ trial: Trial, in gems: GemsFixture) async throws -> Gems {
        try await gems.give(trial.balance, to: trial.user)
        return try await withThrowingTaskGroup(of: Gems.self) { group in
            for (number, product) in trial.products.enumerated() {
                group.addTask {
                    do {
                        return 0 - (try await gems.purchase(product, by: trial.user, key: "\(number)").entry.amount)
                    } catch LedgerError.refused(.insufficientGems) {
                        return 0
                    } catch PurchaseError.alreadyOwned {
                        return 0
                    }
                }
            }
            return try await group.reduce(0, +)
        }
    }

    @Test(.timeLimit(.minutes(10)))
    func `purchases at once for more than the balance never make it negative`() async throws {
        try await GemsFixture.run { (gems: GemsFixture) async throws in
            let trials = (0..<Campaign.share(of: 1_000)).map { _ in Trial() }
            for start in stride(from: 0, to: trials.count, by: 4) {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for trial in trials[start..<min(start + 4, trials.count)] {
                        group.addTask {
                            let spent = try await spend(trial, in: gems)
                            let entries = try await gems.ledger.entries(of: trial.user, limit: 100)
                            let sum = entries.reduce(Gems(0)) { $0 + $1.amount }
                            let head = try await gems.ledger.head(of: trial.user)
                            #expect(entries.allSatisfy { $0.balanceAfter >= 0 })
                            #expect(head.balance == sum && sum == trial.balance - spent)
                        }
                    }
                    try await group.waitForAll()
                }
            }
            let report = try await gems.verify()
            #expect(report.isClean && report.people == trials.count)
        }
    }
}
