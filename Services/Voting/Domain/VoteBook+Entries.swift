import Domain
import Records

extension VoteBook {
    /// Applies one entry of the votes stream, whether it was applied before or not.
    ///
    /// A withdrawal whose vote is still on its way is refused: it leaves no pair behind, which `holds` tells.
    /// - Parameter score: of a first vote's evidence.
    mutating func take(_ entry: VoteEntry, _ score: FraudScore?) {
        let change: VoteChange
        switch entry.content {
        case .withdrawn: change = .withdrawn(at: entry.position, now: now)
        case .cast(let event):
            change = .cast(
                VoteChange.NewVote(
                    id: entry.pair, postID: entry.postID, voterID: entry.voterID, authorID: entry.authorID,
                    category: event.payload.category, position: entry.position, castAt: event.occurredAt,
                    state: state(ofVoteBy: entry.voterID, score), fraudScore: score?.value ?? 0))
        }
        // Refused: see above.
        try? apply(change, to: entry.pair, position: entry.position)
    }

    /// Whether the entry has had its effect; one that has not is handed out again.
    func holds(_ entry: VoteEntry) -> Bool { pairs[entry.pair] != nil }

    /// As what a new vote enters the record.
    private func state(ofVoteBy voter: UserID, _ score: FraudScore?) -> VoteState {
        if score?.isFlagged == true { return .flagged }
        return standing(of: voter) == .good ? .counted : .reversed
    }
}
