import Domain
import Records
import RedisClient
import Testing

@testable import VotingService

@Suite struct PostCardTests {
    private let voter = UserID.new()

    private func card(reached: UInt64) -> PostCard {
        let own = Partition(of: voter).number
        return PostCard(
            author: .new(), category: .art, access: .everybody,
            rows: [
                own: .init(displayed: 3, version: 1, position: RedisStreamID(milliseconds: reached, sequence: 0)),
                (own + 1) % Partition.count: .init(
                    displayed: 4, version: 9, position: RedisStreamID(milliseconds: 999, sequence: 0)),
            ])
    }

    @Test(
        arguments: [
            ("1:10-0:", 9, 8), ("1:10-0:", 10, 7),  // a vote: added until it is in
            ("2:10-0:", 9, 8), ("2:10-0:", 10, 8),  // one that does not count: its voter sees it all the same
            ("0:20-0:10-0", 9, 7), ("0:20-0:10-0", 10, 6),  // withdrawn: taken off while it is in
            ("0:20-0:10-0", 20, 7),
            ("0:20-0:", 10, 7),  // withdrawn, and never displayed
            ("1:30-0:20-0:10-0", 10, 7), ("1:30-0:20-0:10-0", 20, 8), ("1:30-0:20-0:10-0", 30, 7),  // again
            ("1:30-0:20-0:10-0", 9, 8),  // again, before the first vote is in
            ("0:40-0:30-0:20-0:10-0", 9, 7), ("0:40-0:30-0:20-0:10-0", 10, 6),  // and withdrawn again
            ("0:40-0:30-0:20-0:10-0", 20, 7), ("0:40-0:30-0:20-0:10-0", 30, 6), ("0:40-0:30-0:20-0:10-0", 40, 7),
        ] as [(String, UInt64, Int64)])
    func `a voter is shown the total with their own vote as they left it`(mark: String, reached: UInt64, count: Int64)
        throws
    {
        let mark = try #require(VoteMark(mark))
        #expect(card(reached: reached).count(for: voter, mark: mark) == count)
    }

    @Test func `without a vote of one's own the total is the sum of the rows`() {
        #expect(card(reached: 5).count(for: voter, mark: nil) == 7)
    }

    @Test func `nobody is shown less than no votes`() {
        let first = RedisStreamID(milliseconds: 10, sequence: 0)
        let second = RedisStreamID(milliseconds: 20, sequence: 0)
        let empty = PostCard(author: .new(), category: .art, access: .everybody)
        #expect(empty.count(for: voter, mark: VoteMark(kind: .voted, id: first)) == 1)
        // The vote is in a total that has lost it since.
        var card = card(reached: 10)
        card.rows = card.rows.mapValues { .init(displayed: 0, version: $0.version, position: $0.position) }
        #expect(card.count(for: voter, mark: VoteMark(kind: .withdrawn, id: second, earlier: [first])) == 0)
    }

    @Test func `only approved posts can be voted for`() {
        typealias Access = PostCard.Access
        #expect(Access(visibility: .public, status: .approved, isRemoved: false) == .everybody)
        #expect(Access(visibility: .followers, status: .approved, isRemoved: false) == .followers)
        #expect(Access(visibility: .private, status: .approved, isRemoved: false) == .nobody)
        for status in [ModerationStatus.pending, .rejected, .flagged] {
            #expect(Access(visibility: .public, status: status, isRemoved: false) == .nobody)
        }
        #expect(Access(visibility: .public, status: .approved, isRemoved: true) == .nobody)
    }

    @Test func `boards name their period, and old ones are not kept`() throws {
        let now = try #require(Instant(iso8601: "2026-11-21T12:00:00Z"))
        #expect(Board(.daily, at: now, category: .art).name == "daily:2026-11-21:art")
        #expect(Board(name: "weekly:2026-W47") == Board(.weekly, at: now))
        #expect(Board(name: "weekly:2026-W47:nonsense") == nil)
        let old = try #require(Instant(iso8601: "2026-11-01T12:00:00Z"))
        #expect(Set(Board.all(castAt: old, category: .art, now: now).map(\.period)) == [.weekly, .alltime])
        #expect(Board.all(castAt: now, category: .art, now: now).count == 6)
    }
}
