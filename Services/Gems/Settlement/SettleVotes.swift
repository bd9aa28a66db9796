import Domain
import Ledger
import MongoClient
import Runtime
import Telemetry

/// Makes authors' books agree with their votes: pays what is due, takes back what no longer is.
///
/// Any number may run, in any order, after any crash: each entry is decided from the ledger's head and then from E, read
/// in this order, and stands only if nobody made another one meanwhile.
struct SettleVotes: Sendable {
    let ledger: Ledger
    let database: MongoDatabase
    let economy: EconomyConfiguration
    let dueGems: DueGems
    let budget: EmissionBudget
    let gifts: GiftCards
    let multipliers: VoteMultipliers
    let heads = HeadMemory()
    let turns = SettlementTurns()

    static let paid = Metrics.shared.counter(
        "circle_gems_settled_total", help: "Vote gems paid and taken back.", labels: ["direction"])
    static let postponed = Metrics.shared.counter(
        "circle_gems_deferred_total", help: "Vote gems deferred by a cap.", labels: ["cap"])

    var rule: SettlementRule { SettlementRule(economy: economy) }

    /// Settles one author, reading everything anew for each entry.
    ///
    /// - Returns: how many entries were made.
    @discardableResult
    func callAsFunction(_ author: UserID) async throws(LedgerError) -> Int {
        heads.forget(author)
        var made = 0
        while let entry = try await settleNext(author) {
            made += 1
            Self.paid.with(entry.source == .votes ? "paid" : "taken-back").increment()
        }
        return made
    }

    private func settleNext(_ author: UserID) async throws(LedgerError) -> LedgerEntry? {
        let share = BudgetShare(of: budget)
        let entry = try await ledger.follow(author) { head, now throws(LedgerError) in
            // After the head, never before: an older E could pay what was reversed meanwhile.
            let votes = try await VoteTotals.of(author, in: database)
            return try await posting(after: head, votes, of: author, at: now, share)
        }
        guard let entry, let gem = entry.voteGem, entry.source == .votes else {
            share.giveBack()
            return entry
        }
        try await dueGems.settled([DueGems.Name(author: author, gem: gem)])
        return entry
    }

    /// What the books need next, covered by the day's budget.
    ///
    /// - Parameter now: the entry's time.
    func posting(
        after head: LedgerHead, _ votes: VoteTotals, of author: UserID, at now: Instant, _ share: BudgetShare
    ) async throws(LedgerError) -> Posting? {
        guard let gem = rule.gem(after: head, atVotes: votes.accepted) else { return nil }
        let step = rule.isFirstOfItsKind(gem, after: head) ? 0 : try await ledger.nextStep(ofGem: gem, for: author)
        let multiplier = try await multiplier(of: DueGems.Name(author: author, gem: gem), votes, at: now)
        switch rule.next(after: head, atVotes: votes.accepted, step: step, multiplier: multiplier, at: now) {
        case .nothing: return nil
        case .postpone: return try await postpone(gem, of: author, cap: "person", now)
        case .takeBack(let posting, let gross):
            try await fetchGifts(of: author, covering: gross - head.balance)
            return posting
        case .pay(let posting, let gross):
            guard try await share.cover(gross, at: now) else {
                return try await postpone(gem, of: author, cap: "budget", now)
            }
            return posting
        }
    }

    private func multiplier(
        of gem: DueGems.Name, _ votes: VoteTotals, at now: Instant
    ) async throws(LedgerError) -> Double {
        var newest: [UserID: Instant] = [:]
        newest[gem.author] = votes.newestAt
        let proposed = try await multipliers.of(newest)[gem.author] ?? 1
        return try await dueGems.fix([(gem, proposed)], at: now)[gem]?.multiplier ?? 1
    }

    func prepareBudget(for gross: Gems, _ now: Instant) async throws(LedgerError) {
        do throws(MongoError) {
            try await budget.prepare(for: gross, at: now)
        } catch {
            throw .store(error)
        }
    }

    func take(_ gross: Gems, _ now: Instant) async throws(LedgerError) -> Bool {
        do throws(MongoError) {
            return try await budget.take(gross, at: now)
        } catch {
            throw .store(error)
        }
    }

    /// Gems given away rest on votes too: where there is too little to take back, open cards come back first.
    private func fetchGifts(of author: UserID, covering missing: Gems) async throws(LedgerError) {
        guard missing > 0 else { return }
        do {
            try await gifts.voidOpenCards(of: author, covering: missing)
        } catch let error as LedgerError {
            throw error
        } catch let error as MongoError {
            throw .store(error)
        } catch {
            throw .corrupt("\(error)")
        }
    }

    private func postpone(
        _ gem: Int64, of author: UserID, cap: String, _ now: Instant
    ) async throws(LedgerError) -> Posting? {
        Self.postponed.with(cap).increment()
        try await dueGems.postpone([DueGems.Name(author: author, gem: gem)], until: now.nextUTCDay)
        return nil
    }
}
