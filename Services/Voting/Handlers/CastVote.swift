import Domain
import Events
import HTTPServer
import Records
import Security

/// One person's vote for one post: counted once, within the day's cap, with the evidence of who cast it.
///
/// A class, so that whoever keeps it for a request keeps one reference.
final class CastVote: Sendable {
    struct Result: Sendable, Equatable {
        var count: Int64
        var counted: Bool
        var votesLeft: Int
    }

    let findPost: FindPost
    let ballots: RedisBallots
    let votes: MongoVotes
    let evidence: EvidenceHash
    let economy: EconomyConfiguration

    init(
        findPost: FindPost, ballots: RedisBallots, votes: MongoVotes, evidence: EvidenceHash,
        economy: EconomyConfiguration
    ) {
        self.findPost = findPost
        self.ballots = ballots
        self.votes = votes
        self.evidence = evidence
        self.economy = economy
    }

    /// - Throws: `VotingError`.
    func callAsFunction(
        _ id: PostID, by caller: Caller, from address: IPAddress?, at now: Instant
    ) async throws -> Result {
        let post = try await findPost(id, for: caller.userID)
        let stored =
            VoteMark.mayHaveLeft(id, now: now) ? try await votes.storedMark(id, caller.userID, at: now) : nil
        let vote = vote(for: id, post, by: caller, from: address)
        let cast = try await ballots.cast(vote, cap: economy.votesPerDay[caller.tier], stored: stored, at: now)
        return try result(of: cast, for: post, by: caller, at: now)
    }

    func vote(for id: PostID, _ post: PostCard, by caller: Caller, from address: IPAddress?) -> VoteCast {
        VoteCast(
            postID: id, voterID: caller.userID, authorID: post.author, category: post.category,
            addressHash: address.map { evidence.address($0) }, deviceHash: evidence.device(of: caller),
            sessionID: caller.sessionID, accountCreatedAt: caller.accountCreatedAt)
    }

    func result(
        of cast: RedisBallots.Cast, for post: PostCard, by caller: Caller, at now: Instant
    ) throws -> Result {
        if cast.outcome == .new {
            VotingMetrics.newVotes.increment()
        } else {
            VotingMetrics.votes.with(cast.outcome.rawValue).increment()
        }
        switch cast.outcome {
        case .rebuilding: throw VotingError.rebuilding
        case .blocked: throw VotingError.noSuchPost
        case .cap: throw VotingError.capReached(retryAfter: now.nextUTCDay - now)
        case .new, .again, .repeat:
            return Result(
                count: post.count(for: caller.userID, mark: cast.mark), counted: cast.outcome == .new,
                votesLeft: max(0, economy.votesPerDay[caller.tier] - cast.usedToday))
        }
    }
}

/// Takes a vote back: no longer displayed, and still part of what counts for gems.
struct WithdrawVote: Sendable {
    let findPost: FindPost
    let ballots: RedisBallots
    let votes: MongoVotes

    /// - Returns: the number of votes to show.
    func callAsFunction(_ id: PostID, by voter: UserID, at now: Instant) async throws -> Int64 {
        let post = try await findPost.forWithdrawal(id)
        let stored = try await votes.storedMark(id, voter, at: now)
        let withdrawal = VoteWithdrawn(postID: id, voterID: voter, authorID: post.author, category: post.category)
        let mark = try await ballots.withdraw(withdrawal, stored: stored, at: now)
        if mark == nil, post.access != .everybody, post.author != voter { throw VotingError.noSuchPost }
        return post.count(for: voter, mark: mark)
    }
}

extension MongoVotes {
    /// The pair as MongoDB has it, asked for only where Redis may have let go of it.
    fileprivate func storedMark(_ post: PostID, _ voter: UserID, at now: Instant) async throws -> VoteMark? {
        guard VoteMark.mayHaveLeft(post, now: now) else { return nil }
        return try await pair(VoteRecord.id(post, voter), of: post)?.mark
    }
}
