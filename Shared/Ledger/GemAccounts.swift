package import Domain
package import JSON
package import MongoClient

/// What somebody has, as the API and realtime frames show it.
package struct BalanceView: Equatable, Sendable, JSONWritable {
    package let balance: Gems
    package let held: Gems
    package let totalEarned: Gems
    package let totalSpent: Gems
    package let debt: Gems
    /// E mod the votes that a gem takes.
    package let votesTowardNextGem: Int64

    package init(_ head: LedgerHead, votes: VoteTotals, economy: EconomyConfiguration = .standard) {
        balance = head.balance
        held = head.held
        totalEarned = head.earned
        totalSpent = head.spent
        debt = head.debt
        votesTowardNextGem = VoteGems(votesPerGem: economy.votesPerGem).towardNext(atVotes: votes.accepted)
    }

    package func write(to writer: inout JSONWriter) {
        writer.object {
            $0.field("balance", balance.count)
            $0.field("held", held.count)
            $0.field("totalEarned", totalEarned.count)
            $0.field("totalSpent", totalSpent.count)
            $0.field("debt", debt.count)
            $0.field("votesTowardNextGem", votesTowardNextGem)
        }
    }

    package static let schema = Schema.named(
        "GemBalance",
        .object(
            .required("balance", .integer), .required("held", .integer), .required("totalEarned", .integer),
            .required("totalSpent", .integer), .required("debt", .integer), .required("votesTowardNextGem", .integer)))
}

/// Reading people's balances, for any service.
package struct GemAccounts: Sendable {
    private let ledger: Ledger
    private let database: MongoDatabase
    private let economy: EconomyConfiguration

    package init(database: MongoDatabase, economy: EconomyConfiguration = .standard) {
        self.database = database
        self.economy = economy
        ledger = Ledger(database: database)
    }

    package func balance(of user: UserID) async throws(LedgerError) -> BalanceView {
        let head = try await ledger.head(of: user)
        return BalanceView(head, votes: try await VoteTotals.of(user, in: database), economy: economy)
    }
}
