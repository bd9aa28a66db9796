import BSON
import Domain
import Records
import RedisClient

@testable import VotingService

/// Voting's documents in memory, with what MongoDB promises of them: a transaction reads one moment, writes all or
/// nothing, and fails where somebody else has written one of its documents since.
final class MemoryDatabase {
    enum Key: Hashable {
        case pair(ObjectID)
        case author(UserID, Partition)
        case post(PostID, Partition)
        case voter(UserID)
        case position(Partition)
    }

    struct Voter {
        var decision: StandingPursuit.Decision?
        var isPending = false
    }

    /// A batch that is read and changed, and not yet written.
    struct Transaction {
        let scope: MongoVotes.Scope
        var book: VoteBook
        let seen: [Key: Int]
    }

    private(set) var pairs: [ObjectID: VoteRecord] = [:]
    private(set) var authors: [Key: AuthorTotals] = [:]
    private(set) var posts: [Key: PostTotals] = [:]
    private(set) var voters: [UserID: Voter] = [:]
    private var writes: [Key: Int] = [:]

    // MARK: Transactions

    func begin(_ scope: MongoVotes.Scope, at now: Instant, forgetsVersions: Bool = false) -> Transaction {
        let partition = scope.partition
        var found = scope.pairs.compactMap { pairs[$0] }
        // What a planted fault makes of the rule that only newer stream ids apply.
        if forgetsVersions { for index in found.indices { found[index].version = "0-0" } }
        let book = VoteBook(
            partition: partition, now: now, pairs: found,
            authors: scope.authors.compactMap { authors[.author($0, partition)] },
            posts: scope.posts.compactMap { posts[.post($0, partition)] },
            standings: Dictionary(
                uniqueKeysWithValues: scope.voters.compactMap { voter in
                    voters[voter]?.decision.map { (voter, $0.standing) }
                }))
        return Transaction(scope: scope, book: book, seen: writes)
    }

    /// - Returns: false, with nothing written, where another write came in between.
    func commit(_ transaction: Transaction, ignoringConflicts: Bool = false) -> Bool {
        let (book, partition) = (transaction.book, transaction.scope.partition)
        var keys = transaction.scope.voters.map { Key.voter($0) }
        if transaction.scope.position != nil { keys.append(.position(partition)) }
        keys += book.changedPairs.map { .pair($0) }
        keys += book.changedAuthors.map { .author($0, partition) }
        keys += book.changedPosts.map { .post($0, partition) }
        guard ignoringConflicts || keys.allSatisfy({ writes[$0] == transaction.seen[$0] }) else { return false }
        for key in keys {
            writes[key, default: 0] += 1
            switch key {
            case .pair(let id): pairs[id] = book.pairs[id]
            case .author(let id, _): authors[key] = book.authors[id]
            case .post(let id, _): posts[key] = book.posts[id]
            case .voter, .position: break
            }
        }
        return true
    }

    // MARK: Single documents

    /// Stores a decision unless one as new is stored, as the update's filter says it.
    func note(_ decision: StandingPursuit.Decision, of voter: UserID, always: Bool = false) {
        if !always, let stored = voters[voter]?.decision, stored.version >= decision.version { return }
        voters[voter] = Voter(decision: decision, isPending: true)
        writes[.voter(voter), default: 0] += 1
    }

    func finish(_ decision: StandingPursuit.Decision, of voter: UserID) {
        guard let stored = voters[voter], stored.isPending, stored.decision?.version == decision.version else { return }
        voters[voter]?.isPending = false
        writes[.voter(voter), default: 0] += 1
    }

    // MARK: Reading

    /// In the order of their ids, so that a seed sees the same ones.
    func pairs(of voter: UserID, in state: VoteState, limit: Int) -> [VoteRecord] {
        Array(pairs.values.filter { $0.voterID == voter && $0.state == state }.sorted { $0.id < $1.id }.prefix(limit))
    }

    /// What one partition contributes to E.
    func accepted(of author: UserID, in partition: Partition) -> Int64 {
        authors[.author(author, partition)]?.accepted ?? 0
    }

    func accepted(of author: UserID) -> Int64 {
        Partition.all.reduce(0) { $0 + accepted(of: author, in: $1) }
    }
}
