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

    private func id(_ number: UInt64) -> RedisStreamID { RedisStreamID(milliseconds: number, sequence: 0) }

    private func book() -> VoteBook { VoteBook(partition: Partition(of: voter), now: now) }

    @Test func `a vote counts once, however often its entry comes`() throws {
        var book = book()
        let pair = VoteRecord.id(post, voter)
        for _ in 0..<3 { try book.apply(vote(5), to: pair, position: id(5)) }
        #expect(book.authors[author]?.accepted == 1 && book.posts[post]?.displayed == 1)
        #expect(book.authors[author]?.version == 1 && book.posts[post]?.version == 1)
        #expect(book.posts[post]?.position == id(5))
    }

    @Test func `a withdrawal takes off the display and leaves what counts`() throws {
        var book = book()
        let pair = VoteRecord.id(post, voter)
        try book.apply(vote(5), to: pair, position: id(5))
        try book.apply(.withdrawn(at: id(6), now: now), to: pair, position: id(6))
        #expect(book.authors[author]?.accepted == 1 && book.authors[author]?.displayed == 0)
        try book.apply(vote(5), to: pair, position: id(5))  // an old entry again
        #expect(book.posts[post]?.displayed == 0)
        try book.apply(vote(7), to: pair, position: id(7))
        #expect(book.posts[post]?.displayed == 1 && book.posts[post]?.accepted == 1)
        #expect(book.authors[author]?.boards["daily:\(now.utcDay)"] == 1)
    }

    @Test func `a withdrawal before its vote is refused`() {
        var book = book()
        #expect(throws: VoteChangeRefused()) {
            try book.apply(.withdrawn(at: id(6), now: now), to: VoteRecord.id(post, voter), position: id(6))
        }
    }

    @Test func `a flagged vote counts for nothing until it is cleared, a reversed one until it is restored`() throws {
        var book = book()
        let pair = VoteRecord.id(post, voter)
        try book.apply(vote(5, state: .flagged), to: pair, position: id(5))
        #expect(book.authors[author] == nil && book.posts[post]?.displayed == 0)
        try book.apply(.judged(from: .flagged, to: .counted, now: now), to: pair)
        #expect(book.authors[author]?.accepted == 1 && book.posts[post]?.displayed == 1)
        try book.apply(.judged(from: .counted, to: .reversed, now: now), to: pair)
        #expect(book.authors[author]?.accepted == 0 && book.authors[author]?.boards.isEmpty == true)
        try book.apply(.judged(from: .reversed, to: .counted, now: now), to: pair)
        try book.apply(.judged(from: .reversed, to: .counted, now: now), to: pair)
        #expect(book.authors[author]?.accepted == 1)
    }

    /// Whatever happens, in whatever order and however often, the totals are those of the pairs.
    @Test(arguments: 0..<200 as Range<UInt64>)
    func `totals are always the sums over the pairs`(seed: UInt64) throws {
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
                case 3: .withdrawn(at: id(step), now: now)
                default:
                    .judged(
                        from: states.randomElement(using: &random)!, to: states.randomElement(using: &random)!, now: now
                    )
                }
            history.append((change, pair, step))
            try? book.apply(change, to: pair, position: id(step))
            if Bool.random(using: &random), let old = history.randomElement(using: &random) {
                if case .judged = old.0 { continue }  // judgements are made on the pair as it is, not replayed
                try? book.apply(old.0, to: old.1, position: id(old.2))
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
