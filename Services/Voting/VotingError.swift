import HTTPServer
import ServiceKit

/// Why a vote is not taken.
enum VotingError: Error, Equatable {
    /// Unknown, or not visible to the voter.
    case noSuchPost
    case ownPost
    /// - Parameter retryAfter: until the next UTC day.
    case capReached(retryAfter: Duration)
    /// The partition's Redis state is being put together.
    case rebuilding
}

extension VotingError: ProblemConvertible {
    var problem: Problem {
        switch self {
        case .noSuchPost: Problem(.notFound)
        case .ownPost: Problem(.ownPost, "Nobody votes for a post of their own.")
        case .capReached(let retryAfter):
            Problem(.voteCapReached, "All votes of this UTC day are used.", retryAfter: retryAfter)
        case .rebuilding: Problem(.rebuilding, "Votes are being rebuilt.", retryAfter: .seconds(2))
        }
    }
}
