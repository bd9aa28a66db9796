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
        case .withdrawn(let withdrawal): .withdrawn(later(entry, withdrawal.category))
        case .cast(let vote) where vote.isRepeat: .again(later(entry, vote.category))
        case .cast(let vote):
            .cast(
                VoteChange.NewVote(
                    id: entry.pair, postID: entry.postID, voterID: entry.voterID, authorID: entry.authorID,
                    category: vote.category, position: entry.position, castAt: entry.at,
                    state: state(ofVoteBy: entry.voterID, score), fraudScore: score?.value ?? 0))
        }
    }

    private func later(_ entry: VoteEntry, _ category: Category) -> VoteChange.LaterChange {
        VoteChange.LaterChange(
            id: entry.pair, postID: entry.postID, voterID: entry.voterID, authorID: entry.authorID,
            category: category, position: entry.position, at: entry.at)
    }

    /// As what a new vote enters the record.
    private func state(ofVoteBy voter: UserID, _ score: FraudScore?) -> VoteState {
        if score?.isFlagged == true { return .flagged }
        return standing(of: voter) == .good ? .counted : .reversed
    }
}
