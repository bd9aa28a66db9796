import BSON
import Domain
import HTTPServer
import Records

/// The moderators' queue of flagged votes: what waits, why, and what a moderator says of it.
struct ReviewVotes: Sendable {
    struct Item: Sendable {
        let vote: VoteRecord
        let evidence: VoteEvidenceRecord?
        let decision: VoteDecision?
    }

    /// An address or a device as it is now, by a label.
    struct Cluster: Sendable {
        let kind: SharedUse.Kind
        let label: String
        /// Accounts with their votes, the most first.
        let accounts: [(account: UserID, votes: Int)]
        /// Whether there are older votes that were not looked at.
        let isCut: Bool
    }

    private static let votesOfCluster = 500
    private static let accountsShown = 50

    let lookup: VoteReviewLookup
    let decisions: VoteDecisions

    /// Votes that nobody has decided on, the oldest first.
    ///
    /// Voting follows a decision a moment later; what has been decided meanwhile is left out here.
    func waiting(after start: TimePlace<Tags.Vote>?, limit: Int) async throws -> (
        items: [Item], next: TimePlace<Tags.Vote>?
    ) {
        var place = start
        var items: [Item] = []
        while true {
            let found = try await lookup.waiting(after: place, limit: limit + 1)
            let decided = try await decisions.of(found.map(\.vote.id))
            items += found.filter { decided[$0.vote.id] == nil }
                .map { Item(vote: $0.vote, evidence: $0.evidence, decision: nil) }
            if items.count > limit {
                items = Array(items.prefix(limit))
                return (items, items.last.map { TimePlace(time: $0.vote.createdAt, id: Tagged($0.vote.id)) })
            }
            guard found.count > limit, let last = found.last else { return (items, nil) }
            place = TimePlace(time: last.vote.createdAt, id: Tagged(last.vote.id))
        }
    }

    /// One vote with what it shares, and the decision where there is one. Nil for a vote that was never flagged.
    func one(_ id: ObjectID) async throws -> (item: Item, clusters: [Cluster])? {
        guard let found = try await lookup.byID(id) else { return nil }
        let decision = try await decisions.of([id])[id]
        guard found.vote.state == .flagged || decision != nil else { return nil }
        var clusters: [Cluster] = []
        for (kind, hash) in [
            (SharedUse.Kind.address, found.evidence?.addressHash), (.device, found.evidence?.deviceHash),
        ] {
            guard let hash else { continue }
            let accounts = try await lookup.accounts(on: kind, hash, limit: Self.votesOfCluster)
            clusters.append(
                Cluster(
                    kind: kind, label: VoteEvidenceRecord.label(ofHash: hash),
                    accounts: accounts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(Self.accountsShown)
                        .map { ($0.key, $0.value) },
                    isCut: accounts.values.reduce(0, +) >= Self.votesOfCluster))
        }
        return (Item(vote: found.vote, evidence: found.evidence, decision: decision), clusters)
    }

    /// - Throws: `notFound` for a vote that does not wait, `forbidden` for one's own or for oneself, `conflict` where
    ///   another decision stands.
    func decide(_ id: ObjectID, isCleared: Bool, reason: String, by moderator: UserID) async throws -> VoteDecision {
        guard let vote = try await lookup.byID(id)?.vote else { throw Problem(.notFound) }
        guard moderator != vote.voterID, moderator != vote.authorID else {
            throw Problem(.forbidden, "Nobody reviews votes of their own, or for themselves.")
        }
        if vote.state != .flagged {
            guard let standing = try await decisions.of([id])[id] else { throw Problem(.notFound) }
            guard standing.isCleared == isCleared, standing.decidedBy == moderator else {
                throw Problem(.conflict, "The vote has been \(standing.isCleared ? "cleared" : "upheld") already.")
            }
            return standing
        }
        return try await decisions.decide(vote, isCleared: isCleared, reason: reason, by: moderator)
    }

    func rings(after place: TimePlace<Tags.VoteRing>?, limit: Int) async throws -> [VoteRingRecord] {
        try await lookup.rings(after: place, limit: limit)
    }
}
