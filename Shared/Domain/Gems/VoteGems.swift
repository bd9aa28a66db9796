/// When votes become gems: a pure function of the count of accepted pairs and of what the ledger holds already.
///
/// The k-th gem of an author is due while E >= votesPerGem * k. Its ledger entries are numbered n = 0, 1, 2, …: an even n
/// pays, an odd n takes back, so that a gem can be paid, reversed and paid again, each exactly once.
package struct VoteGems: Sendable {
    package let votesPerGem: Int64

    package init(votesPerGem: Int64 = EconomyConfiguration.standard.votesPerGem) {
        self.votesPerGem = votesPerGem
    }

    /// The name of one entry: gem k of an author, step n.
    package struct Entry: Hashable, Sendable {
        package let gem: Int64
        package let step: Int64

        package init(gem: Int64, step: Int64) {
            self.gem = gem
            self.step = step
        }

        package var pays: Bool { step.isMultiple(of: 2) }

        /// The ledger's idempotency key within the author's entries: `votes:K:N`.
        package var idempotencyKey: String { "votes:\(gem):\(step)" }
    }

    /// Gems due at a number of accepted votes: floor(E / votesPerGem), and none for a negative count.
    package func due(atVotes accepted: Int64) -> Int64 { max(0, accepted) / votesPerGem }

    /// Votes that already count toward the next gem: E mod votesPerGem.
    package func towardNext(atVotes accepted: Int64) -> Int64 { max(0, accepted) % votesPerGem }

    /// What to append next, or nil when the books agree with the votes.
    ///
    /// Pays from the lowest unpaid gem upward and takes back from the highest paid one downward, so that the paid gems are
    /// always 1...m for some m and only `paid` and the next step of the gem at hand have to be known.
    /// - Parameters:
    ///   - accepted: E, read after the ledger's head.
    ///   - paid: gems at present paid (and not taken back), counted in the ledger up to that head.
    ///   - nextStep: the next unused n of a gem: 0 where it was never paid.
    package func next(atVotes accepted: Int64, paid: Int64, nextStep: (_ gem: Int64) -> Int64) -> Entry? {
        let due = due(atVotes: accepted)
        if due > paid { return Entry(gem: paid + 1, step: nextStep(paid + 1)) }
        if due < paid { return Entry(gem: paid, step: nextStep(paid)) }
        return nil
    }
}
