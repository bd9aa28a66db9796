import BSON
import Domain
import Records
import RedisClient
import Testing

@testable import VotingService

/// What decisions about votes and voters do to a book, and what a vote's own moment decides.
@Suite struct VoteJudgementTests {
    private let now = Instant(milliseconds: 1_795_250_000_000)
    private let author = UserID.new()
    private let voter = UserID.new()
    private let post = PostID.new()

    private var pair: ObjectID { VoteRecord.id(post, voter) }

    private func id(_ number: UInt64) -> RedisStreamID { RedisStreamID(milliseconds: number, sequence: 0) }

    private func book(_ standing: VoterStanding = .good, _ authors: [AuthorTotals] = []) -> VoteBook {
        VoteBook(partition: Partition(of: voter), now: now, authors: authors, standings: [voter: standing])
    }

    private func vote(
        _ position: UInt64 = 5, for post: PostID? = nil, state: VoteState = .counted, at castAt: Instant? = nil
    ) -> VoteChange {
        let post = post ?? self.post
        return .cast(
            VoteChange.NewVote(
                id: VoteRecord.id(post, voter), postID: post, voterID: voter, authorID: author, category: .art,
                position: id(position), castAt: castAt ?? now, state: state, fraudScore: 0.5))
    }

    private func later(_ position: UInt64) -> VoteChange.LaterChange {
        VoteChange.LaterChange(
            id: pair, postID: post, voterID: voter, authorID: author, category: .food, position: id(position), at: now)
    }

    @Test(
        arguments: [
            (true, .good, .counted), (true, .banned, .reversed), (true, .shadow, .reversed), (false, .good, .upheld),
            (false, .banned, .upheld),
        ] as [(Bool, VoterStanding, VoteState)])
    func `a vote that is cleared counts unless its voter is banned, and one that is upheld never does`(
        isCleared: Bool, standing: VoterStanding, state: VoteState
    ) {
        var book = book(standing)
        book.apply(vote(state: .flagged), to: pair, position: id(5))
        book.review(pair, of: voter, isCleared: isCleared)
        #expect(book.pairs[pair]?.state == state && book.authors[author]?.accepted ?? 0 == (state == .counted ? 1 : 0))
        // A second decision finds nothing that waits.
        book.review(pair, of: voter, isCleared: !isCleared)
        #expect(book.pairs[pair]?.state == state)
    }

    @Test func `votes follow a standing that still holds, and nothing is moved for one that does not`() {
        for standing in [VoterStanding.banned, .shadow] {
            var book = book(standing)
            book.apply(vote(), to: pair, position: id(5))
            let lifted = book.follow(StandingPursuit.Move(standing: .good), of: voter, [pair])
            #expect(!lifted && book.pairs[pair]?.state == .counted)
            let banned = book.follow(StandingPursuit.Move(standing: standing), of: voter, [pair])
            #expect(banned && book.pairs[pair]?.state == .reversed && book.authors[author]?.accepted == 0)
        }
        var book = book(.good)
        book.apply(vote(state: .reversed), to: pair, position: id(5))
        let banned = book.follow(StandingPursuit.Move(standing: .banned), of: voter, [pair])
        #expect(!banned && book.pairs[pair]?.state == .reversed)
        let lifted = book.follow(StandingPursuit.Move(standing: .good), of: voter, [pair])
        #expect(lifted && book.pairs[pair]?.state == .counted)
    }

    @Test(arguments: VoteState.allCases)
    func `only a vote that counts comes to wait for review later`(state: VoteState) {
        var book = book()
        book.apply(vote(state: state), to: pair, position: id(5))
        book.flag([pair])
        #expect(book.pairs[pair]?.state == (state == .counted ? .flagged : state))
    }

    @Test func `the newest acceptance stays, whatever is accepted or taken back after it`() {
        var book = book()
        let (second, third) = (PostID.new(), PostID.new())
        book.apply(vote(5, at: now), to: pair, position: id(5))
        book.apply(vote(6, for: second, at: now - .hours(2)), to: VoteRecord.id(second, voter), position: id(6))
        #expect(book.authors[author]?.lastAcceptedAt == now)
        book.apply(vote(7, for: third, state: .flagged, at: now + .hours(1)), to: VoteRecord.id(third, voter))
        #expect(book.authors[author]?.lastAcceptedAt == now, "it is not accepted")
        book.apply(vote(8, for: third, at: now + .hours(1)), to: VoteRecord.id(third, voter), position: id(8))
        book.review(VoteRecord.id(third, voter), of: voter, isCleared: true)
        #expect(book.authors[author]?.lastAcceptedAt == now + .hours(1))
        book.apply(.judged(from: .counted, to: .reversed, now: now), to: VoteRecord.id(second, voter))
        #expect(book.authors[author]?.lastAcceptedAt == now + .hours(1))
    }

    @Test func `a vote counts on the boards of its own day, and boards that are over leave the row`() {
        var totals = AuthorTotals(author: author, partition: Partition(of: voter))
        totals.boards = ["daily:2026-01-01": 4, "daily:\(now.utcDay)": 2, "nonsense": 1]
        var book = book(.good, [totals])
        book.apply(vote(at: now - .days(1)), to: pair, position: id(5))
        let boards = book.authors[author]?.boards ?? [:]
        let yesterday = (now - .days(1)).utcDay
        #expect(boards["daily:\(yesterday)"] == 1 && boards["daily:\(yesterday):art"] == 1)
        #expect(boards["daily:\(now.utcDay)"] == 2)
        #expect(boards["daily:2026-01-01"] == nil && boards["nonsense"] == nil)
    }

    @Test func `a vote that was awaited is of the moment and the category in which it was cast`() {
        var book = book()
        book.apply(.withdrawn(later(9)), to: pair, position: id(9))
        #expect(book.pairs[pair]?.mark == nil, "of a vote that nobody has seen Redis knows nothing")
        book.apply(vote(5, at: now - .hours(3)), to: pair, position: id(5))
        let known = book.pairs[pair]
        #expect(known?.createdAt == now - .hours(3) && known?.category == .art && known?.fraudScore == 0.5)
        #expect(known?.mark == VoteMark(kind: .withdrawn, id: id(9)))
        #expect(book.authors[author]?.lastAcceptedAt == now - .hours(3))
    }

    @Test(arguments: VoteState.allCases)
    func `Redis knows of a pair whether it is voted, and whether it counts`(state: VoteState) {
        var book = book()
        book.apply(vote(state: state), to: pair, position: id(5))
        let kind: VoteMark.Kind? = state == .awaited ? nil : state == .counted ? .voted : .uncounted
        #expect(book.pairs[pair]?.mark?.kind == kind)
    }
}
