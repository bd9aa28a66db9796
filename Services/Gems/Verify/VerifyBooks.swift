import BSON
import Domain
import Ledger
import MongoClient
import Records

/// Replays every entry ever made and compares the books with themselves, with the votes and with the gift cards.
struct VerifyBooks: Sendable {
    struct Options: Equatable, Sendable {
        /// Only entries up to this moment; comparisons with the votes of today are left out.
        var asOf: Instant?
        /// Nothing may be pending: every gem that is due is paid or deferred.
        var wantsSettled = false
    }

    /// What was found; the books are right when there are no faults.
    struct Report: Sendable {
        var people = 0
        var entries = 0
        var balances: [UserID: Gems] = [:]
        var debts: Gems = 0
        var accounts: [SystemAccount: Gems] = [:]
        var openHolds: Gems = 0
        var openCards: Gems = 0
        var paid: Int64 = 0
        var deferred: Int64 = 0
        var pending: Int64 = 0
        var voteGems: Gems = 0
        var repaidByBonuses: Gems = 0
        var waitingBonuses: Gems = 0
        /// Signed roots of days that were compared with the entries.
        var roots = 0
        var faults: [LedgerAudit.Fault] = []
        var disagreements: [String] = []

        var isClean: Bool { faults.isEmpty && disagreements.isEmpty }
        var balance: Gems { balances.values.reduce(0, +) }
    }

    let database: MongoDatabase
    let economy: EconomyConfiguration
    let now: Instant
    let options: Options

    func run() async throws -> Report {
        var report = Report()
        var heads: [UserID: LedgerHead] = [:]
        var days = VerifyRoots()
        try await replay { audit in
            report.people += 1
            report.entries += Int(audit.head.seq)
            report.faults += audit.faults
            report.balances[audit.userID] = audit.head.balance
            report.debts = report.debts + audit.head.debt
            report.voteGems = report.voteGems + audit.voteGems
            report.repaidByBonuses = report.repaidByBonuses + audit.repaidByBonuses
            report.openHolds = audit.openHolds.values.reduce(report.openHolds, +)
            for (account, sum) in audit.accounts { report.accounts[account] = (report.accounts[account] ?? 0) + sum }
            heads[audit.userID] = audit.head
            days.take(audit)
        }
        checkAccounts(&report)
        try await days.check(&report, database: database, until: options.asOf)
        if options.asOf == nil {
            try await checkCards(&report)
            try await checkVotes(heads, &report)
            try await countWaiting(&report)
        }
        return report
    }

    /// Hands over each person's audit, complete, one after the other.
    private func replay(_ body: (LedgerAudit) -> Void) async throws {
        var filter: BSONDocument = [:]
        if let asOf = options.asOf { filter = ["createdAt": ["$lte": .instant(asOf)]] }
        var current: LedgerAudit?
        let entries = database.collection(GemCollections.transactions.name)
        // Descending numbers are what the index has, read backwards here: people descending, their entries ascending.
        try await entries.forEachBatch(filter, sort: ["userId": -1, "seq": 1], batchSize: 1_000) { batch in
            for document in batch {
                let user = try document.requireID("userId", as: UserID.self)
                if current?.userID != user {
                    current.map(body)
                    current = LedgerAudit(of: user)
                }
                current?.take(document)
            }
        }
        current.map(body)
    }

    private func checkAccounts(_ report: inout Report) {
        let sum = report.accounts.values.reduce(report.balance, +)
        if sum != 0 { report.disagreements.append("balances and system accounts add to \(sum), not to 0") }
        // What the mint gave is what votes made, and what it could not take back: debts, open or paid out of bonuses.
        let minted = 0 - (report.accounts[.mint] ?? 0)
        let expected = report.voteGems + report.debts + report.repaidByBonuses
        if minted != expected {
            report.disagreements.append("the mint gave \(minted); votes and debts account for \(expected)")
        }
    }

    private func countWaiting(_ report: inout Report) async throws {
        for row in try await database.collection(GemCollections.dueBonuses.name).find([:], projection: ["gems": 1]) {
            report.waitingBonuses = report.waitingBonuses + Gems(row.int64("gems") ?? 0)
        }
    }

    private func checkCards(_ report: inout Report) async throws {
        let cards = database.collection(GemCollections.giftCards.name)
        let ledger = Ledger(database: database)
        var open: Gems = 0
        try await cards.forEachBatch(["state": ["$in": ["pending", "issued"]]]) { batch in
            for document in batch {
                let card = try GiftCard(document)
                let paid = try await ledger.entry(of: card.buyerID, key: card.purchaseKey)
                if paid?.referenceID == card.id { open = open + card.amount }
            }
        }
        report.openCards = open
        let escrow = report.accounts[.escrow] ?? 0
        if escrow != report.openHolds + open {
            report.disagreements.append(
                "escrow holds \(escrow); open holds \(report.openHolds) and unredeemed cards \(open) make "
                    + "\(report.openHolds + open)")
        }
    }

    /// Base gems: paid + deferred + pending = floor(E / 10), for everybody.
    private func checkVotes(_ heads: [UserID: LedgerHead], _ report: inout Report) async throws {
        var accepted: [UserID: Int64] = [:]
        try await database.collection(VoteCollections.authorTotals.name).forEachBatch(
            projection: ["accepted": 1]
        ) { batch in
            for document in batch {
                guard let author = document.document("_id")?.id("author", as: UserID.self) else { continue }
                accepted[author, default: 0] += document.int64("accepted") ?? 0
            }
        }
        let (rules, dueGems) = (VoteGems(votesPerGem: economy.votesPerGem), DueGems(database: database))
        for author in Set(accepted.keys).union(heads.keys).sorted() {
            let paid = heads[author]?.paidGems ?? 0
            let due = rules.due(atVotes: accepted[author] ?? 0)
            report.paid += paid
            guard due != paid else { continue }
            // Gems fall due one after the other: when the next is deferred, so are those after it.
            if due > paid, try await dueGems.isDeferred(paid + 1, of: author, at: now) {
                report.deferred += due - paid
            } else {
                report.pending += due - paid
                if options.wantsSettled {
                    report.disagreements.append("\(author): \(due) gems are due and \(paid) paid")
                }
            }
        }
    }
}
