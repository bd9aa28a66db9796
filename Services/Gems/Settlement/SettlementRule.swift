import Domain
import Ledger

/// What an author's books need next: a pure function of the ledger's head, then of E, and of what is fixed for the gem.
struct SettlementRule: Sendable {
    enum Next: Sendable {
        case nothing
        /// The person's day is full: the gem waits for the next one.
        case postpone
        /// Stands if the day's budget for everybody has this much.
        case pay(Posting, gross: Gems)
        case takeBack(Posting, gross: Gems)
    }

    let economy: EconomyConfiguration

    private var rules: VoteGems { VoteGems(votesPerGem: economy.votesPerGem) }

    /// The gem that the next entry is about; nil when the books agree with the votes.
    func gem(after head: LedgerHead, atVotes accepted: Int64) -> Int64? {
        rules.next(atVotes: accepted, paid: head.paidGems) { _ in 0 }?.gem
    }

    /// A gem above the highest one ever paid has no entries yet: most of the time nothing needs counting.
    func isFirstOfItsKind(_ gem: Int64, after head: LedgerHead) -> Bool { gem > head.peakGem }

    /// - Parameters:
    ///   - accepted: E, read after the head.
    ///   - step: entries of the gem at hand, counted after the head.
    ///   - multiplier: what the gem's first falling due has fixed.
    func next(
        after head: LedgerHead, atVotes accepted: Int64, step: Int64, multiplier: Double, at now: Instant
    ) -> Next {
        guard let entry = rules.next(atVotes: accepted, paid: head.paidGems, nextStep: { _ in step }) else {
            return .nothing
        }
        let gross = Gems(1).multiplied(by: multiplier)
        guard entry.pays else { return .takeBack(Self.takingBack(entry, multiplier), gross: gross) }
        guard head.earned(onDayOf: now) + gross <= Gems(economy.dailyEmissionPerPerson) else { return .postpone }
        return .pay(Self.payment(entry, multiplier), gross: gross)
    }

    private static func payment(_ entry: VoteGems.Entry, _ multiplier: Double) -> Posting {
        Posting(
            .payVoteGem(entry.gem, multiplier: multiplier), source: .votes, account: .mint, key: entry.idempotencyKey,
            reference: ("gem", "\(entry.gem)"), description: "Gem \(entry.gem) from votes")
    }

    private static func takingBack(_ entry: VoteGems.Entry, _ multiplier: Double) -> Posting {
        Posting(
            .takeBackVoteGem(entry.gem, multiplier: multiplier), source: .reversal, account: .mint,
            key: entry.idempotencyKey, reference: ("gem", "\(entry.gem)"),
            description: "Gem \(entry.gem) taken back: its votes were reversed")
    }
}
