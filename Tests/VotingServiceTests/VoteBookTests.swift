import BSON
import Domain
import Records
import RedisClient
import Testing

@testable import VotingService

@Suite struct VoteBookTests {
    private let now = Instant(milliseconds: 1_795_250_000_000)
    private let author = UserID.new()
    private let voter = UserID.new()
    private let post = PostID.new()

    private func vote(
        _ position: UInt64, by voter: UserID? = nil, for post: PostID? = nil, state: VoteState = .counted
    ) -> VoteChange {
        let (voter, post) = (voter ?? self.voter, post ?? self.post)
        return .cast(
            VoteChange.NewVote(
                id: VoteRecord.id(post, voter), postID: post, voterID: voter, authorID: author, category: .art,
                position: id(position), castAt: now, state: state, fraudScore: 0))
    }

    private func later(_ position: UInt64, by voter: UserID? = nil, for post: PostID? = nil) -> VoteChange.LaterChange {
        let (voter, post) = (voter ?? self.voter, post ?? self.post)
        return VoteChange.LaterChange(
            id: VoteRecord.id(post, voter), postID: post, voterID: voter, authorID: author, category: .art,
            position: id(position), at: now)
    }

    private func withdrawal(_ position: UInt64) -> VoteChange { .withdrawn(later(position)) }

    private func id(_ number: UInt64) -> RedisStreamID { RedisStreamID(milliseconds: number, sequence: 0) }

    private func book() -> VoteBook { VoteBook(partition: Partition(of: voter), now: now) }

    @Test func `a vote counts once, however often its entry comes`() {
        var book = book()
        let pair = VoteRecord.id(post, voter)
        for _ in 0..<3 { book.apply(vote(5), to: pair, position: id(5)) }
        #expect(book.authors[author]?.accepted == 1 && book.posts[post]?.displayed == 1)
        #expect(book.authors[author]?.version == 1 && book.posts[post]?.version == 1)
        #expect(book.posts[post]?.position == id(5))
    }

    @Test func `a withdrawal takes off the display and leaves what counts`() {
        var book = book()
        let pair = VoteRecord.id(post, voter)
        book.apply(vote(5), to: pair, position: id(5))
        book.apply(withdrawal(6), to: pair, position: id(6))
        #expect(book.authors[author]?.accepted == 1 && book.authors[author]?.displayed == 0)
        book.apply(vote(5), to: pair, position: id(5))  // an old entry again
        #expect(book.posts[post]?.displayed == 0)
        book.apply(vote(7), to: pair, position: id(7))
        #expect(book.posts[post]?.displayed == 1 && book.posts[post]?.accepted == 1)
        #expect(book.authors[author]?.boards["daily:\(now.utcDay)"] == 1)
    }

    @Test func `a vote that comes after its withdrawal counts, and is not shown`() {
        var book = book()
        let pair = VoteRecord.id(post, voter)
        book.apply(withdrawal(6), to: pair, position: id(6))
        #expect(book.pairs[pair]?.state == .awaited && book.newPairs.isEmpty && book.authors[author] == nil)
        book.apply(vote(5), to: pair, position: id(5))
        #expect(book.pairs[pair]?.withdrawn == true && book.newPairs == [pair])
        #expect(book.authors[author]?.accepted == 1 && book.authors[author]?.displayed == 0)
        #expect(book.posts[post]?.position == id(6))
    }

    @Test func `a repeat that comes before its vote waits for the vote's evidence`() {
        var book = book()
        let pair = VoteRecord.id(post, voter)
        book.apply(.again(later(7)), to: pair, position: id(7))
        #expect(book.pairs[pair]?.state == .awaited && book.posts[post]?.displayed == 0)
        book.apply(vote(5, state: .flagged), to: pair, position: id(5))
        #expect(book.pairs[pair]?.state == .flagged && book.flaggedPairs == [pair])
        #expect(book.authors[author] == nil && book.posts[post]?.displayed == 0)
    }

    /// Delivered twice, out of order, through dead letters: the end is the same.
    @Test(arguments: 0..<200 as Range<UInt64>)
    func `the order in which a pair's entries come changes nothing`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let pair = VoteRecord.id(post, voter)
        var changes: [(VoteChange, UInt64)] = [(vote(1), 1)]
        for step in 2...UInt64.random(in: 2...9, using: &random) {
            changes.append((step.isMultiple(of: 2) ? withdrawal(step) : .again(later(step)), step))
        }
        var inOrder = book()
        for (change, position) in changes { inOrder.apply(change, to: pair, position: id(position)) }
        var mixed = book()
        for (change, position) in (changes + changes.prefix(3)).shuffled(using: &random) {
            mixed.apply(change, to: pair, position: id(position))
        }
        #expect(mixed.pairs[pair] == inOrder.pairs[pair])
        #expect(mixed.posts[post] == inOrder.posts[post])
        #expect(mixed.authors[author]?.accepted == 1)
        #expect(mixed.authors[author]?.displayed == inOrder.authors[author]?.displayed)
    }

    /// A worker that took votes back may have ended before it told Redis: for this decision, or for an older one that a
    /// newer one of the same kind has replaced, so that this one finds nothing to move.
    @Test func `what others moved is set in Redis before a decision is finished, also where nothing is left to move`() {
        let decision = StandingPursuit.Decision(standing: .banned, version: 3)
        let move = StandingPursuit.Move(standing: .banned)
        var pursuit = StandingPursuit(decision)
        #expect(pursuit.start() == .note(decision))
        #expect(pursuit.noted(decision) == .move(move))
        #expect(pursuit.moved(100) == .move(move))
        #expect(pursuit.moved(0) == .show(move))
        #expect(pursuit.shown() == .finish(decision))
        var late = StandingPursuit(.init(standing: .good, version: 2))
        #expect(late.noted(nil) == .rest)
    }

    @Test func `a flagged vote counts for nothing until it is cleared, a reversed one until it is restored`() {
        var book = book()
        let pair = VoteRecord.id(post, voter)
        book.apply(vote(5, state: .flagged), to: pair, position: id(5))
        #expect(book.authors[author] == nil && book.posts[post]?.displayed == 0)
        book.apply(.judged(from: .flagged, to: .counted, now: now), to: pair)
        #expect(book.authors[author]?.accepted == 1 && book.posts[post]?.displayed == 1)
        book.apply(.judged(from: .counted, to: .reversed, now: now), to: pair)
        #expect(book.authors[author]?.accepted == 0 && book.authors[author]?.boards.isEmpty == true)
        book.apply(.judged(from: .reversed, to: .counted, now: now), to: pair)
        book.apply(.judged(from: .reversed, to: .counted, now: now), to: pair)
        #expect(book.authors[author]?.accepted == 1)
    }

    /// Whatever happens, in whatever order and however often, the totals are those of the pairs.
    @Test(arguments: 0..<200 as Range<UInt64>)
    func `totals are always the sums over the pairs`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let voters = (0..<4).map { _ in UserID.new() }
        let posts = (0..<3).map { _ in PostID.new() }
        var book = book()
        var history: [(VoteChange, ObjectID, UInt64)] = []
        for step in 1...60 as ClosedRange<UInt64> {
            let (voter, post) = (voters.randomElement(using: &random)!, posts.randomElement(using: &random)!)
            let pair = VoteRecord.id(post, voter)
            let states = VoteState.allCases
            let change: VoteChange =
                switch Int.random(in: 0..<6, using: &random) {
                case 0...2: vote(step, by: voter, for: post, state: states.randomElement(using: &random)!)
                case 3: .withdrawn(later(step, by: voter, for: post))
                default:
                    .judged(
                        from: states.randomElement(using: &random)!, to: states.randomElement(using: &random)!, now: now
                    )
                }
            history.append((change, pair, step))
            book.apply(change, to: pair, position: id(step))
            if Bool.random(using: &random), let old = history.randomElement(using: &random) {
                if case .judged = old.0 { continue }  // judgements are made on the pair as it is, not replayed
                book.apply(old.0, to: old.1, position: id(old.2))
            }
        }
        let pairs = Array(book.pairs.values)
        for post in posts {
            let own = pairs.filter { $0.postID == post }
            #expect(book.posts[post]?.displayed ?? 0 == Int64(own.count(where: \.isDisplayed)))
            #expect(book.posts[post]?.accepted ?? 0 == Int64(own.count(where: \.isAccepted)))
        }
        #expect(book.authors[author]?.accepted ?? 0 == Int64(pairs.count(where: \.isAccepted)))
        let displayed = Int64(pairs.count(where: \.isDisplayed))
        #expect(book.authors[author]?.displayed ?? 0 == displayed)
        #expect(book.authors[author]?.boards["weekly:\(now.isoWeek):art"] ?? 0 == displayed)
    }
}

/// SplitMix64: the same numbers for the same seed.
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}
