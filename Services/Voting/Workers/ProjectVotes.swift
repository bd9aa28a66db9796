import Domain
import Records

/// Sets in Redis what follows from the permanent record: totals of posts, boards, marks of votes that do not count.
///
/// Absolute values with versions: doing it again, late, or out of order changes nothing that is newer.
struct ProjectVotes: Sendable {
    let posts: RedisPosts
    let boards: RedisBoards
    let ballots: RedisBallots

    /// - Parameter noteCounted: whether votes may count now that did not before.
    func callAsFunction(_ book: VoteBook, noteCounted: Bool = false) async throws {
        // A vote that does not count is shown to its voter all the same, also between these steps: its mark comes before
        // the totals that leave it out, and the mark of one that counts again after those that have it in.
        try await ballots.note(book.pairs.values.filter { $0.state != .counted })
        try await posts.set(Array(book.posts.values))
        var touched: [UserID: Set<BoardDirectory.Page>] = [:]
        for pair in book.pairs.values {
            touched[pair.authorID, default: []].insert(.init(castAt: pair.createdAt, category: pair.category))
        }
        var directory = book.directory
        var shares: [(author: AuthorTotals, boards: Set<Board>)] = []
        for author in book.authors.values {
            guard let pages = touched[author.author] else { continue }
            shares.append((author, Set(pages.flatMap { directory.boards(on: $0) })))
        }
        try await boards.set(shares, partition: book.partition)
        if noteCounted { try await ballots.note(book.pairs.values.filter { $0.state == .counted }) }
    }
}
