import Domain
import Records

extension VoteBook {
    /// Applies one entry of the votes stream, whether it was applied before or not, and in whatever order they come.
    ///
    /// - Parameter score: of a first vote's evidence.
    mutating func take(_ entry: VoteEntry, _ score: FraudScore?) {
        apply(change(entry, score), to: entry.pair, position: entry.position)
    }

    private func change(_ entry: VoteEntry, _ score: FraudScore?) -> VoteChange {
        switch entry.content {
        case .withdrawn(let event): .withdrawn(later(entry, event.payload.category, event.occurredAt))
        case .cast(let event) where event.payload.isRepeat:
            .again(later(entry, event.payload.category, event.occurredAt))
        case .cast(let event):
            .cast(
                VoteChange.NewVote(
                    id: entry.pair, postID: entry.postID, voterID: entry.voterID, authorID: entry.authorID,
                    category: event.payload.category, position: entry.position, castAt: event.occurredAt,
                    state: state(ofVoteBy: entry.voterID, score), fraudScore: score?.value ?? 0))
        }
    }

    private func later(_ entry: VoteEntry, _ category: Category, _ at: Instant) -> VoteChange.LaterChange {
        VoteChange.LaterChange(
            id: entry.pair, postID: entry.postID, voterID: entry.voterID, authorID: entry.authorID,
            category: category, position: entry.position, at: at)
    }

    /// As what a new vote enters the record.
    private func state(ofVoteBy voter: UserID, _ score: FraudScore?) -> VoteState {
        if score?.isFlagged == true { return .flagged }
        return standing(of: voter) == .good ? .counted : .reversed
    }
}
