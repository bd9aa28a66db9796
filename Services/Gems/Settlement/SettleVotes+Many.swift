import Domain
import Ledger
import MongoClient
import Telemetry

/// Settling many authors with as few round trips as one takes: their heads, then all totals in one read, then all
/// multipliers, then all entries. Gems that were never paid before go this way; whatever else is due, one by one.
extension SettleVotes {
    /// Entries of one author planned at once, so that one author does not hold up the others.
    private static let longestChain: Int64 = 64

    /// What one author's books need.
    private struct Plan {
        let author: UserID
        let head: LedgerHead
        /// Of its entries.
        let time: Instant
        let votes: VoteTotals
        /// Gems to pay for the first time.
        let gems: ClosedRange<Int64>
        var entries: [NewEntry] = []
        /// Taken out of the day's budget for the entries.
        var reserved: [Gems] = []
        /// Gems that waited for a day and are paid now.
        var awaited: [DueGems.Name] = []
        var postponedBy: String?

        /// More is due than was planned at once.
        func isCutShort(by rule: SettlementRule) -> Bool {
            rule.gem(after: head(after: entries.count), atVotes: votes.accepted) != nil
        }

        func head(after count: Int) -> LedgerHead { count == 0 ? head : entries[count - 1].entry.head }
    }

    /// - Parameter remembering: whether heads that this process has seen may stand for those of the database. Then an
    ///   author whose gem somebody else has just taken back may be passed over.
    /// - Returns: how many entries were made.
    @discardableResult
    func settle(_ authors: [UserID], remembering: Bool = false) async throws(LedgerError) -> Int {
        var seen: Set<UserID> = []
        var open = authors.filter { seen.insert($0).inserted }
        var made = 0
        var losses: [UserID: Int] = [:]
        while !open.isEmpty {
            let known = try await heads(of: open, remembering: remembering)
            // After the heads, never before.
            let totals = try await VoteTotals.of(open, in: database)
            let now = ledger.currentTime
            var (plans, others) = plan(open, known, totals, now)
            try await fill(&plans, now)
            let counts = try await make(plans)
            made += counts.reduce(0, +)
            open = []
            for (plan, count) in zip(plans, counts) {
                if count < plan.entries.count {
                    losses[plan.author, default: 0] += 1
                    if losses[plan.author] ?? 0 > 3 { others.append(plan.author) } else { open.append(plan.author) }
                } else if plan.postponedBy == nil, plan.isCutShort(by: rule) {
                    open.append(plan.author)
                }
            }
            for author in others { made += try await self(author) }
        }
        return made
    }

    private func heads(
        of authors: [UserID], remembering: Bool
    ) async throws(LedgerError) -> [UserID: LedgerHead] {
        var found: [UserID: LedgerHead] = [:]
        for author in authors {
            if remembering, let head = heads.head(of: author) {
                found[author] = head
            } else {
                let head = try await ledger.head(of: author)
                heads.remember(head, of: author)
                found[author] = head
            }
        }
        return found
    }

    /// - Returns: whose gems are paid for the first time, and who needs anything else.
    private func plan(
        _ authors: [UserID], _ heads: [UserID: LedgerHead], _ totals: [UserID: VoteTotals], _ now: Instant
    ) -> (plans: [Plan], others: [UserID]) {
        var (plans, others): ([Plan], [UserID]) = ([], [])
        let rules = VoteGems(votesPerGem: economy.votesPerGem)
        for author in authors {
            let (head, votes) = (heads[author] ?? LedgerHead(), totals[author] ?? VoteTotals(accepted: 0))
            guard let gem = rule.gem(after: head, atVotes: votes.accepted) else { continue }
            guard rule.isFirstOfItsKind(gem, after: head) else {
                others.append(author)
                continue
            }
            let last = min(rules.due(atVotes: votes.accepted), gem + Self.longestChain - 1)
            plans.append(
                Plan(author: author, head: head, time: head.nextTime(clock: now), votes: votes, gems: gem...last))
        }
        return (plans, others)
    }

    /// Works out the entries of each plan, as far as caps allow.
    private func fill(_ plans: inout [Plan], _ now: Instant) async throws(LedgerError) {
        guard !plans.isEmpty else { return }
        let fixed = try await fixMultipliers(of: plans, now)
        try await prepareBudget(for: fixed.values.reduce(0) { $0 + Gems(1).multiplied(by: $1.multiplier) }, now)
        for index in plans.indices {
            let time = plans[index].time
            var head = plans[index].head
            for gem in plans[index].gems {
                let name = DueGems.Name(author: plans[index].author, gem: gem)
                guard let due = fixed[name] else { break }
                let next = rule.next(
                    after: head, atVotes: plans[index].votes.accepted, step: 0, multiplier: due.multiplier, at: time)
                guard case .pay(let posting, let gross) = next else {
                    plans[index].postponedBy = "person"
                    break
                }
                guard try await take(gross, time) else {
                    plans[index].postponedBy = "budget"
                    break
                }
                let new = try ledger.next(posting, of: name.author, after: head, at: time)
                head = new.entry.head
                plans[index].entries.append(new)
                plans[index].reserved.append(gross)
                if due.wasPostponed { plans[index].awaited.append(name) }
            }
        }
        try await postpone(plans, now)
    }

    private func fixMultipliers(
        of plans: [Plan], _ now: Instant
    ) async throws(LedgerError) -> [DueGems.Name: DueGems.Fixed] {
        var newest: [UserID: Instant] = [:]
        for plan in plans { newest[plan.author] = plan.votes.newestAt }
        let proposed = try await multipliers.of(newest)
        return try await dueGems.fix(
            plans.flatMap { plan in
                plan.gems.map { (DueGems.Name(author: plan.author, gem: $0), proposed[plan.author] ?? 1) }
            }, at: now)
    }

    /// The first gem of each author that a cap stops waits for tomorrow, and those behind it with it.
    private func postpone(_ plans: [Plan], _ now: Instant) async throws(LedgerError) {
        var waiting: [DueGems.Name] = []
        for plan in plans {
            guard let cap = plan.postponedBy else { continue }
            Self.postponed.with(cap).increment()
            let gem = plan.gems.lowerBound + Int64(plan.entries.count)
            waiting.append(DueGems.Name(author: plan.author, gem: gem))
        }
        try await dueGems.postpone(waiting, until: now.nextUTCDay)
    }

    /// - Returns: how many entries of each plan were made; fewer where another writer was first.
    private func make(_ plans: [Plan]) async throws(LedgerError) -> [Int] {
        let counts: [Int]
        do throws(LedgerError) {
            counts = try await ledger.append(plans.map(\.entries))
        } catch {
            // Whether they were made is not known: the next attempt reads.
            for plan in plans { heads.forget(plan.author) }
            throw error
        }
        var paid: [DueGems.Name] = []
        for (plan, count) in zip(plans, counts) {
            if count == plan.entries.count {
                heads.remember(plan.head(after: count), of: plan.author)
            } else {
                heads.forget(plan.author)
            }
            budget.giveBack(plan.reserved[count...].reduce(0, +), takenAt: plan.time)
            paid += plan.awaited.filter { $0.gem < plan.gems.lowerBound + Int64(count) }
        }
        Self.paid.with("paid").increment(by: counts.reduce(0, +))
        try await dueGems.settled(paid)
        return counts
    }
}
