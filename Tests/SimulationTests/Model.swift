import Domain
import Records

@testable import VotingService

/// What ought to be so, kept beside the stores and far simpler: who voted for what, and who decided what.
struct Model {
    struct Pair: Hashable {
        let post: PostID
        let voter: UserID
    }

    struct Vote {
        var isWithdrawn = false
        /// Looks like a fraud, by its evidence.
        let isSuspicious: Bool
        /// What a moderator said of it: whether it is cleared.
        var verdict: Bool?
    }

    private(set) var votes: [Pair: Vote] = [:]
    private var used: [String: Int] = [:]
    private var decisions: [UserID: StandingPursuit.Decision] = [:]

    /// What the script must answer to a vote, and the vote made.
    mutating func cast(_ pair: Pair, on day: String, cap: Int, isSuspicious: Bool) -> RedisBallots.CastOutcome {
        if let vote = votes[pair] {
            guard vote.isWithdrawn else { return .repeat }
            votes[pair]?.isWithdrawn = false
            return .again
        }
        guard used["\(pair.voter) \(day)", default: 0] < cap else { return .cap }
        used["\(pair.voter) \(day)", default: 0] += 1
        votes[pair] = Vote(isSuspicious: isSuspicious)
        return .new
    }

    /// - Returns: whether there is a mark of the pair afterwards.
    mutating func withdraw(_ pair: Pair) -> Bool {
        guard votes[pair] != nil else { return false }
        votes[pair]?.isWithdrawn = true
        return true
    }

    mutating func decide(_ decision: StandingPursuit.Decision, of voter: UserID) { decisions[voter] = decision }

    /// - Returns: false where it was reviewed before.
    mutating func review(_ pair: Pair, isCleared: Bool) -> Bool {
        guard votes[pair]?.verdict == nil else { return false }
        votes[pair]?.verdict = isCleared
        return true
    }

    func standing(of voter: UserID) -> VoterStanding { decisions[voter]?.standing ?? .good }

    func state(of pair: Pair) -> VoteState? {
        guard let vote = votes[pair] else { return nil }
        if vote.isSuspicious {
            guard let isCleared = vote.verdict else { return .flagged }
            if !isCleared { return .upheld }
        }
        return standing(of: pair.voter) == .good ? .counted : .reversed
    }

    /// E, by the author's posts.
    func accepted(_ posts: [PostID]) -> Int64 {
        Int64(votes.keys.count { posts.contains($0.post) && state(of: $0) == .counted })
    }

    func displayed(_ post: PostID) -> Int64 {
        Int64(votes.count { $0.key.post == post && !$0.value.isWithdrawn && state(of: $0.key) == .counted })
    }
}
