import BSON
import Domain
import Records
import RedisClient

/// What one voters' partition contributes to an author: E, what is displayed, and the shares in boards.
struct AuthorTotals: Sendable, Equatable {
    var author: UserID
    var partition: Partition
    var accepted: Int64 = 0
    var displayed: Int64 = 0
    var lastAcceptedAt: Instant?
    /// By board name.
    var boards: [String: Int64] = [:]
    var version: Int64 = 0
    /// Events of the stored row that are not yet published and not superseded by newer totals.
    var untold: [BSONValue] = []

    /// The share in a board.
    func share(in board: Board) -> Int64 {
        board.period == .alltime && board.category == nil ? displayed : boards[board.name] ?? 0
    }
}

/// What one voters' partition contributes to a post.
struct PostTotals: Sendable, Equatable {
    var post: PostID
    var author: UserID
    var partition: Partition
    var accepted: Int64 = 0
    var displayed: Int64 = 0
    /// Up to which stream id the row knows its partition's votes for the post.
    var position = RedisStreamID.zero
    var version: Int64 = 0
}

/// The pairs and totals that a batch of changes touches, all of one voters' partition. Pure: the store loads and saves it.
struct VoteBook: Sendable {
    let partition: Partition
    let now: Instant
    private(set) var pairs: [ObjectID: VoteRecord]
    private(set) var authors: [UserID: AuthorTotals]
    private(set) var posts: [PostID: PostTotals]
    private(set) var standings: [UserID: VoterStanding]
    private(set) var directory: BoardDirectory
    /// What the store has already.
    let storedPairs: Set<ObjectID>
    let storedAuthors: Set<UserID>
    let storedPosts: Set<PostID>
    private(set) var changedPairs: Set<ObjectID> = []
    /// Pairs whose vote is known from now on, so that their evidence is to be stored.
    private(set) var newPairs: Set<ObjectID> = []
    /// Pairs that wait for review from now on.
    private(set) var flaggedPairs: Set<ObjectID> = []
    private(set) var changedAuthors: Set<UserID> = []
    private(set) var changedPosts: Set<PostID> = []

    init(
        partition: Partition, now: Instant, pairs: [VoteRecord] = [], authors: [AuthorTotals] = [],
        posts: [PostTotals] = [], standings: [UserID: VoterStanding] = [:]
    ) {
        self.partition = partition
        self.now = now
        self.pairs = Dictionary(pairs.map { ($0.id, $0) }) { first, _ in first }
        self.authors = Dictionary(authors.map { ($0.author, $0) }) { first, _ in first }
        self.posts = Dictionary(posts.map { ($0.post, $0) }) { first, _ in first }
        self.standings = standings
        storedPairs = Set(pairs.map(\.id))
        storedAuthors = Set(authors.map(\.author))
        storedPosts = Set(posts.map(\.post))
        directory = BoardDirectory(now: now)
    }

    /// Makes room for so many pairs.
    mutating func expect(_ pairs: Int) {
        self.pairs.reserveCapacity(pairs)
        changedPairs.reserveCapacity(pairs)
        newPairs.reserveCapacity(pairs)
    }

    /// Whether a person's votes count.
    func standing(of voter: UserID) -> VoterStanding { standings[voter] ?? .good }

    /// Applies a change to its pair, and the difference to the totals.
    ///
    /// - Parameter position: where the change stands in the stream; nil for one that does not come from there.
    mutating func apply(_ change: VoteChange, to id: ObjectID, position: RedisStreamID? = nil) {
        let before = pairs[id]
        if let after = change.applied(to: before) {
            pairs[id] = after
            changedPairs.insert(id)
            let wasKnown = before != nil && before?.state != .awaited
            if !wasKnown, after.state != .awaited { newPairs.insert(id) }
            if before?.state != .flagged, after.state == .flagged { flaggedPairs.insert(id) }
            count(from: before, to: after)
        }
        // The row's position goes on also where nothing changed: it says what has been looked at.
        if let position, let pair = pairs[id] { advance(pair, to: position) }
    }

    private mutating func advance(_ pair: VoteRecord, to position: RedisStreamID) {
        guard position > posts[pair.postID]?.position ?? .zero else { return }
        let isFirst = changedPosts.insert(pair.postID).inserted
        let unknown = PostTotals(post: pair.postID, author: pair.authorID, partition: partition)
        posts[pair.postID, default: unknown].change(isFirst: isFirst) { $0.position = position }
    }

    private mutating func count(from before: VoteRecord?, to after: VoteRecord) {
        let accepted: Int64 = (after.isAccepted ? 1 : 0) - (before?.isAccepted == true ? 1 : 0)
        let displayed: Int64 = (after.isDisplayed ? 1 : 0) - (before?.isDisplayed == true ? 1 : 0)
        guard accepted != 0 || displayed != 0 else { return }
        let page = BoardDirectory.Page(castAt: after.createdAt, category: after.category)
        let boards = displayed == 0 ? [] : directory.boards(on: page)
        let isFirst = changedAuthors.insert(after.authorID).inserted
        var over: [String] = []
        if isFirst, let boards = authors[after.authorID]?.boards.keys { over = boards.filter { !directory.keeps($0) } }
        // Changed in place: a copy would take the shares of all boards along.
        authors[after.authorID, default: AuthorTotals(author: after.authorID, partition: partition)].change {
            if isFirst {
                $0.version += 1
                for name in over { $0.boards[name] = nil }
            }
            $0.accepted += accepted
            if accepted > 0 { $0.lastAcceptedAt = max($0.lastAcceptedAt ?? after.createdAt, after.createdAt) }
            $0.display(displayed, on: boards)
        }
        let isFirstOfPost = changedPosts.insert(after.postID).inserted
        let unknown = PostTotals(post: after.postID, author: after.authorID, partition: partition)
        posts[after.postID, default: unknown].change(isFirst: isFirstOfPost) {
            $0.accepted += accepted
            $0.displayed += displayed
        }
    }
}

extension AuthorTotals {
    fileprivate mutating func change(_ body: (inout AuthorTotals) -> Void) { body(&self) }

    fileprivate mutating func display(_ change: Int64, on boards: [Board]) {
        guard change != 0 else { return }
        displayed += change
        for board in boards where board.period != .alltime || board.category != nil {
            self.boards[board.name, default: 0] += change
            if change < 0, self.boards[board.name] == 0 { self.boards[board.name] = nil }
        }
    }
}

extension PostTotals {
    /// - Parameter isFirst: of this batch, which makes one version of all its changes.
    fileprivate mutating func change(isFirst: Bool, _ body: (inout PostTotals) -> Void) {
        if isFirst { version += 1 }
        body(&self)
    }
}
