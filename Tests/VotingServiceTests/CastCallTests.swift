import Domain
import Events
import Records
import Testing

@testable import RedisClient
@testable import VotingService

@Suite struct CastCallTests {
    private let now = Instant(milliseconds: 1_795_000_000_123)

    @Test func `the call of a vote names the keys under which others look, and carries the event`() throws {
        let vote = VoteCast(
            postID: .new(), voterID: .new(), authorID: .new(), category: .art, addressHash: "a1", deviceHash: "d1",
            sessionID: .new(), accountCreatedAt: now - .days(3))
        let stored = VoteMark("0:5-1:4-0")
        let words = RedisBallots.castCall(vote, cap: 50, stored: stored, at: now).words
            .map { String(decoding: $0, as: UTF8.self) }
        let partition = Partition(of: vote.voterID)
        let keys: [RedisKey] = [
            .voteEpoch(partition), .votePairs(vote.voterID, of: vote.postID),
            .votesUsed(vote.voterID, day: now.utcDay), .votePace(vote.voterID), .voteBlocks(vote.voterID),
            Topic.votes.stream(partition),
        ]
        #expect(words[2] == "6" && Array(words[3..<9]) == keys.map(\.text))
        let event = OutgoingEvent(vote, at: now)
        #expect(
            Array(words[9..<14]) == [
                vote.postID.hex, vote.authorID.hex, "50", String(VoteMark.expiry(of: vote.postID, now: now)),
                "0:5-1:4-0",
            ])
        #expect(words[14] == event.type && words[15] == String(event.version) && words[16].utf8.count == 24)
        #expect(words[17] == "1795000000123" && words[18] == "")
        #expect(words[19] == String(decoding: event.data, as: UTF8.self))
    }

    @Test(arguments: [
        ("new 12 1:7-0:", "new", 12, "1:7-0:"), ("again 3 1:9-1:8-0:7-0", "again", 3, "1:9-1:8-0:7-0"),
        ("cap 50 ", "cap", 50, ""), ("rebuilding 0 ", "rebuilding", 0, ""), ("blocked 0 ", "blocked", 0, ""),
    ])
    func `the answer is read`(reply: String, outcome: String, used: Int, mark: String) throws {
        let cast = try RedisBallots.Cast(.string(Array(reply.utf8)))
        #expect(cast.outcome.rawValue == outcome && cast.usedToday == used && cast.mark == VoteMark(mark))
    }

    @Test(arguments: ["", "new", "new 1", "new x 1:7-0:", "other 1 "])
    func `an answer of another shape is refused`(reply: String) {
        #expect(throws: RedisError.self) { () throws in _ = try RedisBallots.Cast(.string(Array(reply.utf8))) }
    }
}
